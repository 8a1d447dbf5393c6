"""The operator's numbers for reasons: checked here, because the settings do not know the catalogue."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from probe.catalogue.catalogue import Catalogue, load
from probe.catalogue.entry import matches
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.nearest import suggestion
from probe.documents.validation import Places
from probe.settings.load import Loaded, load_settings
from probe.settings.reading import read_written


def code_mistakes(loaded: Loaded) -> Iterator[Mistake]:
    """A mistake for each key of `codes` that covers no reason, at the place of the key."""
    return _mistakes(loaded.codes, loaded.places)


def unchecked_code_mistakes(config: Path | None, environ: Mapping[str, str]) -> Iterator[Mistake]:
    """The same for a configuration that has other mistakes, so that all are told at once; none where it cannot be read."""
    try:
        written = read_written(config, environ)
    except SetupError:
        return
    codes = written.tree.get("codes")
    yield from _mistakes(
        [key for key in codes if isinstance(key, str)] if isinstance(codes, dict) else (), written.places
    )


def _mistakes(patterns: Iterable[str], places: Places) -> Iterator[Mistake]:
    reasons = [entry.reason for entry in load().entries]
    for pattern in patterns:
        if not any(matches(pattern, reason) for reason in reasons):
            known = _families(reasons) if pattern.endswith(".*") else [*reasons, *_families(reasons)]
            place = places.key(("codes", pattern))
            what = "family of reasons" if pattern.endswith(".*") else "reason"
            yield Mistake.at(
                place, f"codes.{pattern}", f"no {what} `{pattern}`", suggestion(pattern, known, "there is")
            )


def coded(loaded: Loaded) -> Catalogue:
    """The catalogue with the numbers of this configuration. Raises SetupError."""
    mistakes = tuple(code_mistakes(loaded))
    if mistakes:
        raise SetupError(mistakes)
    return load().with_codes(loaded.codes)


def configured_catalogue(config: Path, environ: Mapping[str, str]) -> Catalogue:
    """The same for a configuration that is still to be read. Raises SetupError."""
    return coded(load_settings(config, environ))


def _families(reasons: list[str]) -> list[str]:
    """`tls.*`, `tls.client_cert.*`…: every beginning of a reason, in order, each once."""
    parts = [reason.split(".") for reason in reasons]
    return list(dict.fromkeys(".".join(some[:n]) + ".*" for some in parts for n in range(1, len(some))))
