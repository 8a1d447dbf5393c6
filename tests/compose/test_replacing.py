"""Which paths a new identity concerns, and what it replaces there."""

import pathlib

import pytest
import yaml

from probe.compose.replacing import Replacing, replacing
from probe.documents.mistakes import SetupError
from probe.settings.load import Loaded, load_settings

FILES = {"certificate": "tls.crt", "private_key": "tls.key"}


def connector(identity: str | None = None, proxy: str | None = None) -> dict[str, object]:
    """A path whose connector, or the proxy in front of it, has an identity."""
    keys: dict[str, object] = {"url": "https://connector.internal:8443"}
    keys |= {"identity": identity} if identity else {}
    keys |= {"proxy": {"url": "https://proxy.internal:3128", "identity": proxy}} if proxy else {}
    return {"connector": keys}


def loaded(directory: pathlib.Path, paths: dict[str, object], *names: str, **more: object) -> Loaded:
    """The configuration with these paths and identities."""
    file = directory / "paypath.yaml"
    identities = {name: {**FILES, **more} for name in names}
    file.write_text(yaml.safe_dump({"paths": paths, "identities": identities}))
    return load_settings(file, {})


def where(found: Replacing) -> list[tuple[str, bool]]:
    """The targets: path, and whether the identity is its proxy's."""
    return [(target.path.name, target.proxied) for target in found.targets]


def test_the_only_identity_is_replaced_on_all_its_paths(tmp_path: pathlib.Path) -> None:
    """Without a word about it."""
    paths = {"billing": connector("shared"), "refunds": connector("shared"), "bare": connector()}
    found = replacing(loaded(tmp_path, paths, "shared", renew_before="20d"), path=None, identity=None)
    assert found.current is not None
    assert (found.current.name, where(found)) == ("shared", [("billing", False), ("refunds", False)])
    assert (found.care.renew_before_s, found.care.thresholds_s[:1]) == (20 * 86400.0, (30 * 86400.0,))


def test_one_path_alone(tmp_path: pathlib.Path) -> None:
    """`--path`."""
    paths = {"billing": connector("shared"), "refunds": connector("shared")}
    found = replacing(loaded(tmp_path, paths, "shared"), path="refunds", identity=None)
    assert where(found) == [("refunds", False)]


def test_several_identities_must_be_told_apart(tmp_path: pathlib.Path) -> None:
    """Which one is meant is nobody's guess."""
    settings = loaded(tmp_path, {"billing": connector("one"), "refunds": connector("two")}, "one", "two")
    with pytest.raises(SetupError, match=r"several identities are configured \(one, two\)"):
        replacing(settings, path=None, identity=None)
    assert where(replacing(settings, path=None, identity="two")) == [("refunds", False)]
    assert where(replacing(settings, path="billing", identity=None)) == [("billing", False)]


def test_an_identity_for_a_proxy(tmp_path: pathlib.Path) -> None:
    """The connector's comes first where nothing is said; by name the proxy's is tried on its own leg."""
    settings = loaded(tmp_path, {"billing": connector("one", proxy="two")}, "one", "two")
    assert where(replacing(settings, path=None, identity=None)) == [("billing", False)]
    (target,) = replacing(settings, path=None, identity="two").targets
    assert (target.proxied, str(target.endpoint)) == (True, "proxy.internal:3128")
    changed = target.with_identity(None)
    assert changed.proxy is not None
    assert (changed.proxy.identity, changed.identity) == (None, settings.identities[0])


def test_the_first_identity_of_a_path(tmp_path: pathlib.Path) -> None:
    """A path that has none yet can be named; an identity that it does not use yet too."""
    settings = loaded(tmp_path, {"billing": connector(), "refunds": connector("one")}, "one")
    first = replacing(settings, path="billing", identity=None)
    assert (first.current, where(first), first.targets[0].current) == (None, [("billing", False)], None)
    other = replacing(settings, path="billing", identity="one")
    assert (other.current, where(other)) == (settings.identities[0], [("billing", False)])


def test_an_identity_that_no_path_uses(tmp_path: pathlib.Path) -> None:
    """Its files can be compared, and nobody can be asked."""
    found = replacing(loaded(tmp_path, {}, "watched"), path=None, identity=None)
    assert found.current is not None
    assert (found.current.name, found.targets) == ("watched", ())


def test_nothing_configured(tmp_path: pathlib.Path) -> None:
    """The files alone."""
    found = replacing(loaded(tmp_path, {}), path=None, identity=None)
    assert (found.current, found.targets) == (None, ())


@pytest.mark.parametrize(
    ("names", "path", "identity", "says"),
    [
        (("billing",), None, "biling", "did you mean `billing`"),
        ((), None, "billing", "none is configured"),
        (("billing",), "biling", None, "no path `biling` is configured"),
    ],
)
def test_a_name_that_does_not_exist(
    tmp_path: pathlib.Path, names: tuple[str, ...], path: str | None, identity: str | None, says: str
) -> None:
    """A mistake of the set-up, with what was probably meant."""
    settings = loaded(tmp_path, {"billing": connector(*names)}, *names)
    with pytest.raises(SetupError) as raised:
        replacing(settings, path=path, identity=identity)
    assert says in str(raised.value.mistakes[0])
