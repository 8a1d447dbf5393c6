"""Mistakes in what is said about the care of certificates: where use and renewal are shown, and whose future they are."""

from collections.abc import Iterator, Mapping
from typing import Final

from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.nearest import suggestion
from probe.documents.tree import Loc, dotted
from probe.model.path import InUseKind, ProofKind
from probe.settings.reading import Written
from probe.settings.secrets import maps, watches

_WANTED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "in_use": {
        InUseKind.ENVOY_ADMIN: ("url",),
        InUseKind.HTTP_HEADER: ("url", "header"),
        InUseKind.FILE_SHA256: ("file",),
        InUseKind.METRIC: ("url", "metric"),
    },
    "managed_proof": {ProofKind.CERT_MANAGER_METRICS: ("url",)},
}


def care_mistakes(written: Written) -> Iterator[Mistake]:
    """All of them, in no order."""
    for name, identity in maps(written.tree.get("identities")):
        for key in _WANTED:
            yield from _missing(written, ("identities", name, key), identity.get(key))
        if isinstance(identity.get("managed_proof"), Mapping) and identity.get("managed_by") is None:
            at = ("identities", name, "managed_proof")
            message = "`managed_by` is missing: `managed_proof` is to prove it"
            yield Mistake.at(written.places.key(at), dotted(at), message, "add it, such as `managed_by: cert-manager`")
    yield from _unknown_paths(written)


def _missing(written: Written, loc: Loc, keys: object) -> Iterator[Mistake]:
    """What this kind cannot do without."""
    if not isinstance(keys, Mapping):
        return
    for key in _WANTED[str(loc[-1])].get(str(keys.get("kind")), ()):
        if key not in keys:
            message = f"`{key}` is missing: `{keys['kind']}` needs it"
            yield Mistake.at(written.places.key(loc), dotted((*loc, key)), message, "add it")


def _unknown_paths(written: Written) -> Iterator[Mistake]:
    known = tuple(name for name, _ in maps(written.tree.get("paths")))
    for loc, watch in watches(written.tree):
        name, at = watch.get("path"), (*loc, "path")
        if isinstance(name, str) and name not in known:
            hint = suggestion(name, known) if known else "leave it out, or add the path under `paths`"
            yield Mistake.at(written.places.value(at), dotted(at), f"unknown path {quoted(name)}", hint)
