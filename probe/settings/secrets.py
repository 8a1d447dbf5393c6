"""Secrets from the configuration, from variables or from files of their own; each in one of the two forms, never both."""

import pathlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic_core import PydanticCustomError

from probe.documents.mistakes import Mistake
from probe.documents.tree import Loc, dotted
from probe.model.secret import Secret
from probe.settings.paging_fields import routing_key, secret_url, token
from probe.settings.reading import Written
from probe.settings.secret_values import admin_token, api_key, credentials, password, webhook_secret

INJECTED: Final = Secret("sk_test_paypath_injected")
"""What the SDK is given where the connector brings the key: a client without a key cannot be made."""

_MAX_BYTES: Final = 64_000


@dataclass(slots=True)
class Secrets:
    """What was read from files, by the place of the secret itself (without `_file`)."""

    from_files: dict[Loc, Secret] = field(default_factory=dict)
    files: list[pathlib.Path] = field(default_factory=list)
    """Absolute."""
    mistakes: list[Mistake] = field(default_factory=list)


def read_secrets(written: Written) -> Secrets:
    """Read every secret file that the configuration names, and find the mistakes about secrets."""
    found = Secrets()
    for loc, keys, check in _holders(written.tree):
        name = str(loc[-1])
        both = name in keys and f"{name}_file" in keys
        if both:
            place = written.places.key((*loc[:-1], f"{name}_file"))
            message = f"`{name}` and `{name}_file` are both set"
            found.mistakes.append(Mistake.at(place, dotted((*loc[:-1], f"{name}_file")), message, "keep one of them"))
        if isinstance(keys.get(f"{name}_file"), str):
            _read(found, written, loc, check)
    for loc, keys in _stripes(written.tree):
        found.mistakes.extend(_key_mistakes(written, loc, keys))
    return found


_Holder = tuple[Loc, Mapping[str, Any], Callable[[object], Secret]]
"""A secret's place, the keys around it, and what it has to be."""


def _holders(tree: Mapping[str, Any]) -> Iterator[_Holder]:
    """Where secrets may stand."""
    for loc, keys in _stripes(tree):
        yield (*loc, "api_key"), keys, api_key
        yield (*loc, "webhook_secret"), keys, webhook_secret
    yield from _of_paths(tree)
    for name, keys in maps(tree.get("identities")):
        yield ("identities", name, "private_key_password"), keys, password
    for loc, keys in watches(tree):
        yield (*loc, "password"), keys, password
    yield from _of_pages(tree.get("pages"))
    if isinstance(cron := tree.get("cron"), Mapping):
        yield ("cron", "credentials"), cron, credentials
    if isinstance(listen := tree.get("listen"), Mapping):
        yield ("listen", "admin_token"), listen, admin_token


def _of_pages(pages: object) -> Iterator[tuple[Loc, Mapping[str, Any], Callable[[object], Secret]]]:
    if not isinstance(pages, Mapping):
        return
    for name, sink in maps(pages.get("sinks")):
        yield ("pages", "sinks", name, "url"), sink, secret_url
        yield ("pages", "sinks", name, "routing_key"), sink, routing_key
        yield ("pages", "sinks", name, "token"), sink, token
    if isinstance(pages.get("heartbeat"), Mapping):
        yield ("pages", "heartbeat", "url"), pages["heartbeat"], secret_url


def _of_paths(tree: Mapping[str, Any]) -> Iterator[_Holder]:
    for name, path in maps(tree.get("paths")):
        if isinstance(path.get("webhook"), Mapping):
            yield ("paths", name, "webhook", "secret"), path["webhook"], webhook_secret
        connector = path.get("connector")
        if isinstance(connector, Mapping):
            yield ("paths", name, "connector", "credentials"), connector, credentials
        proxy = connector.get("proxy") if isinstance(connector, Mapping) else None
        if isinstance(proxy, Mapping):
            yield ("paths", name, "connector", "proxy", "credentials"), proxy, credentials


def _stripes(tree: Mapping[str, Any]) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    for name, path in maps(tree.get("paths")):
        if isinstance(path.get("stripe"), Mapping):
            yield ("paths", name, "stripe"), path["stripe"]


def watches(tree: Mapping[str, Any]) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    """The entries of `certificates.watch` that are maps."""
    certificates = tree.get("certificates")
    listed = certificates.get("watch") if isinstance(certificates, Mapping) else None
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, Mapping):
            yield ("certificates", "watch", index), entry


def maps(tree: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The entries of a map that are maps themselves; anything else is for the models to refuse."""
    for name, value in tree.items() if isinstance(tree, Mapping) else ():
        if isinstance(value, Mapping):
            yield name, value


def _key_mistakes(written: Written, loc: Loc, keys: Mapping[str, Any]) -> Iterator[Mistake]:
    given = [name for name in ("api_key", "api_key_file") if keys.get(name) is not None]
    if keys.get("key_from", "probe") == "connector":
        for name in given:
            hint = "leave it out, or write `key_from: probe`"
            at = (*loc, name)
            yield Mistake.at(written.places.key(at), dotted(at), f"`{name}`: the connector brings the key", hint)
    elif not given and keys.get("key_from", "probe") == "probe":
        hint = "add `api_key_file`, or `key_from: connector` where the connector brings the key"
        yield Mistake.at(written.places.key(loc), dotted((*loc, "api_key")), "no Stripe test-mode key", hint)


def _read(found: Secrets, written: Written, loc: Loc, check: Callable[[object], Secret]) -> None:
    """Read one file; what is wrong is told at the place that names the file, without its content."""
    at = (*loc[:-1], f"{loc[-1]}_file")
    name = _tree_at(written.tree, at)
    file = written.directory(at) / name
    found.files.append(file)
    place, label = written.places.value(at), f"`{at[-1]}`"
    try:
        found.from_files[loc] = check(_content(file))
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        found.mistakes.append(
            Mistake.at(place, dotted(at), f"{label}: {file}: {reason}", "put the secret there, readable")
        )
    except UnicodeDecodeError:
        found.mistakes.append(
            Mistake.at(place, dotted(at), f"{label}: {file}: not text", "put the secret there as text")
        )
    except PydanticCustomError as error:
        context = error.context or {}
        message = f"{label}: what stands in {file} {context['message']}"
        found.mistakes.append(Mistake.at(place, dotted(at), message, str(context["hint"])))
    except ValueError:
        found.mistakes.append(Mistake.at(place, dotted(at), f"{label} cannot be a file's name", "name a file"))


def _content(file: pathlib.Path) -> str:
    with file.open("rb") as opened:
        return opened.read(_MAX_BYTES).decode().removesuffix("\n").removesuffix("\r")


def _tree_at(tree: Any, loc: Loc) -> Any:  # noqa: ANN401 - YAML
    for part in loc:
        tree = tree[part]
    return tree
