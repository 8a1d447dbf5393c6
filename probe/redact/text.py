"""The one redactor: every text and value that leaves the process or is kept goes through it."""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote

from probe.model.secret import Secret
from probe.redact.patterns import MASK, mask_patterns

_LONGEST_INT: Final = 4096
"""Bits of a number that is looked at; Python itself refuses to write 4301 digits."""
_DEEPEST: Final = 64
"""Levels of nesting that are looked at; what lies deeper is masked whole."""

_SECRET_NAMES: Final = frozenset(
    {
        "apikey",
        "authorization",
        "clientsecret",
        "cookie",
        "password",
        "privatekey",
        "proxyauthorization",
        "secret",
        "setcookie",
        "xapikey",
    }
)
"""Names of keys and headers, without case, `-` and `_`, whose value is masked whatever it looks like."""


def whole(text: str) -> str:
    """`text` with `?` for each half of a surrogate pair."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


class Redactor:
    """Masks the given secrets, in the forms that they take on the wire, and everything shaped like a secret."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        """`secrets` are the configured ones; an empty one is ignored."""
        forms = {form for secret in secrets if secret.reveal() for form in _forms(secret.reveal())}
        # The longest first: where one secret begins with another, the rest of it must not stay.
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(re.escape(form) for form in ordered)) if ordered else None

    def text(self, text: str) -> str:
        """`text` without secrets, and without halves of characters, which JSON can name and no file or protocol can hold."""
        return whole(self._masked(text))

    def value(self, value: object) -> object:
        """The same value with every text in it redacted, at any depth; tuples and sets come back as lists."""
        return self._value(value, _DEEPEST)

    def _masked(self, text: str) -> str:
        """`text` without secrets."""
        return mask_patterns(self._known.sub(MASK, text) if self._known else text)

    def __repr__(self) -> str:
        """Never the secrets."""
        return "Redactor(***)"

    def _value(self, value: object, levels: int) -> object:
        """`value` redacted, `levels` deep."""
        match value:
            case None | bool() | float():
                return value
            case Mapping() | list() | tuple() | set() | frozenset():
                return self._container(value, levels - 1) if levels else MASK
            case int():
                return value if value.bit_length() <= _LONGEST_INT and self.text(str(value)) == str(value) else MASK
            case bytes():
                return self._masked(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
            case _:
                return self.text(str(value))

    def _container(self, value: Mapping[object, object] | Iterable[object], levels: int) -> object:
        """A mapping or a sequence, member by member."""
        if isinstance(value, Mapping):
            return {self._name(key): self._member(key, member, levels) for key, member in value.items()}
        return [self._value(member, levels) for member in value]

    def _name(self, key: object) -> object:
        """A mapping's key: a text may hold a secret too."""
        return self.text(key) if isinstance(key, str) else key

    def _member(self, key: object, member: object, levels: int) -> object:
        """A mapping's value: masked where its key says that it is a secret."""
        named = isinstance(key, str) and key.lower().replace("-", "").replace("_", "") in _SECRET_NAMES
        return _masked(member, levels) if named else self._value(member, levels)


def _forms(secret: str) -> tuple[str, str, str]:
    """How a secret looks on the wire: as it is, percent-encoded, and as the user name of Basic authentication."""
    return secret, quote(secret, safe=""), base64.b64encode(f"{secret}:".encode()).decode()


def _masked(member: object, levels: int) -> object:
    """Every value within `member` masked, its shape kept: `{authorization: {id: …}}` is an object of Stripe's."""
    match member:
        case None | bool():
            return member
        case Mapping() if levels > 0:
            return {key: _masked(inner, levels - 1) for key, inner in member.items()}
        case list() | tuple() if levels > 0:
            return [_masked(inner, levels - 1) for inner in member]
        case _:
            return MASK
