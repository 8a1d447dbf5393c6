"""Kubeconfigs: the client certificates of their users, and the CAs of their clusters, written out or in files that they name."""

import base64
import binascii
import contextlib
import pathlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from probe.certificates.contents import Contents, Found, Reference
from probe.certificates.keys import KeyFileError, load_key
from probe.certificates.pem import read_pem
from probe.documents.mistakes import SetupError
from probe.documents.tree import read_document
from probe.model.certificate import Source

_LONGEST: Final = 1 << 19
"""Bytes: some hundreds of clusters."""
_KIND: Final = re.compile(rb'^[ \t{]*"?kind"?[ \t]*:[ \t]*["\']?Config\b|"kind"[ \t]*:[ \t]*"Config"', re.MULTILINE)
_PARTS: Final = (("clusters", "cluster", "certificate-authority"), ("users", "user", "client-certificate"))


@dataclass(frozen=True, slots=True)
class _Part:
    """One cluster or user."""

    what: str
    """For people: `user admin`."""
    key: str
    """`certificate-authority` or `client-certificate`."""
    values: Mapping[str, object]

    @property
    def name(self) -> str:
        """What stands here, for people."""
        return f"{self.key} of {self.what}"


def is_kubeconfig(data: bytes) -> bool:
    """Whether the text says of itself that it is one."""
    return len(data) <= _LONGEST and _KIND.search(data) is not None


def read_kubeconfig(data: bytes, *, source: Source) -> Contents:
    """Every certificate in it, and the files it names. Never raises."""
    try:
        root = read_document(data.decode("utf-8-sig"), source.location).root
    except (SetupError, UnicodeDecodeError, RecursionError):
        return Contents(faults=("it is a kubeconfig, and not valid YAML",))
    found: list[Found] = []
    faults: list[str] = []
    references: list[Reference] = []
    for part in _parts(root):
        _learn(part)
        written, file = part.values.get(f"{part.key}-data"), part.values.get(part.key)
        if isinstance(written, str) and written:  # wins over the file, as in kubectl
            one = _written(part, written, source)
            found += one.found
            faults += one.faults
        elif isinstance(file, str) and file:
            beside = pathlib.Path(source.location).parent / file
            references.append(Reference(str(beside), part.name, _has_key(part)))
    other = None if found or faults or references else "it is a kubeconfig without a certificate"
    return Contents(tuple(found), tuple(faults), tuple(references), other=other)


def _parts(root: object) -> Iterator[_Part]:
    for many, one, key in _PARTS:
        listed = root.get(many) if isinstance(root, Mapping) else None
        for entry in listed if isinstance(listed, list) else ():
            values = entry.get(one) if isinstance(entry, Mapping) else None
            if isinstance(values, Mapping):
                yield _Part(f"{one} {entry.get('name')}", key, values)


def _written(part: _Part, written: str, source: Source) -> Contents:
    """The certificates of one value, the leaf ours where its key stands beside it."""
    try:
        pem = base64.b64decode("".join(written.split()), validate=True)
    except (binascii.Error, ValueError):
        return Contents(faults=(f"{part.name} is not valid base64",))
    read = read_pem(pem, source=source, password=None)
    keyed = _has_key(part)
    found = tuple(
        Found(one.certificate, key_beside=keyed and place == 0 and not one.certificate.is_ca)
        for place, one in enumerate(read.found)
    )
    faults = [f"{part.name}: {fault}" for fault in read.faults]
    if not found and not faults:
        faults = [f"{part.name} holds no certificate"]
    return Contents(found, tuple(faults))


def _learn(part: _Part) -> None:
    """No output holds a key that stands in the file itself."""
    held = part.values.get("client-key-data")
    with contextlib.suppress(KeyFileError, ValueError):  # a key that cannot be read is not ours to judge
        load_key(base64.b64decode("".join(held.split())) if isinstance(held, str) else b"", None)


def _has_key(part: _Part) -> bool:
    return part.key == "client-certificate" and any(part.values.get(key) for key in ("client-key", "client-key-data"))
