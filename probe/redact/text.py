"""The redactor: known secrets and everything shaped like one become `***`, in a text and at any depth of a value."""

import base64
import functools
import html
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

from probe.model.secret import Secret
from probe.redact.key_material import KeyMaterial
from probe.redact.patterns import MASK, mask_patterns, unescaped

_LONGEST_INT: Final = 4096
"""Bits of a number that is looked at; Python itself refuses to write 4301 digits."""
_DEEPEST: Final = 64
"""Levels of nesting that are looked at; what lies deeper is masked whole."""

_REMEMBERED: Final = 8192
"""Texts whose redacted form is kept: labels, subjects and summaries are the same run after run."""
_SHORT: Final = 400
"""Characters up to which a text is remembered; longer ones are bodies and pages, and seldom the same."""
_ALONE: Final = r"(?<![0-9A-Za-z_.])(?:{})(?![0-9A-Za-z_.])"

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

    def __init__(
        self, secrets: Iterable[Secret] = (), *, words_below: int = 0, keys: KeyMaterial | None = None
    ) -> None:
        """`secrets` are the configured ones; an empty one is ignored. `keys` is what is known of private keys, and may grow.

        Forms shorter than `words_below` are masked only where they stand alone: a password `card` must not make `***-charge` of a name.
        """
        forms = {form for secret in secrets if secret.reveal() for form in _forms(secret.reveal())}
        # The longest first: where one secret begins with another, the rest of it must not stay.
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        patterns = [_ALONE.format(re.escape(form)) if len(form) < words_below else re.escape(form) for form in ordered]
        self._known = re.compile("|".join(patterns)) if patterns else None
        self._keys = KeyMaterial() if keys is None else keys
        self.forget_texts()

    def forget_texts(self) -> None:
        """Look at every text anew: more is known of keys than when it was first seen."""
        # The cache is this redactor's own: another one knows other secrets.
        self._remembered: Callable[[str], str] = functools.lru_cache(_REMEMBERED)(self._redacted)

    def text(self, text: str) -> str:
        """`text` without secrets, and without halves of characters, which JSON can name and no file or protocol can hold."""
        return self._remembered(text) if len(text) <= _SHORT else self._redacted(text)

    def value(self, value: object) -> object:
        """The same value with every text in it redacted, at any depth; tuples and sets come back as lists."""
        return self._value(value, _DEEPEST)

    def _redacted(self, text: str) -> str:
        """See `text`."""
        return whole(self._masked(text))

    def _masked(self, text: str) -> str:
        """`text` without secrets. Where only its escapes hid one, it is shown without them."""
        masked = self._as_written(text)
        plain = unescaped(masked)
        if plain == masked or (shown := self._as_written(plain)) == plain:
            return masked
        return shown

    def _as_written(self, text: str) -> str:
        known = self._known.sub(MASK, text) if self._known else text
        return mask_patterns(self._keys.mask(known))

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


def _forms(secret: str) -> tuple[str, ...]:
    """How a secret can be written: as it is, in a URL or form, in JSON, XML or Python, in Base64 alone and as Basic's user name."""
    plain = secret.encode("utf-8", "surrogatepass")
    return (
        secret,
        quote(plain, safe=""),
        quote_plus(plain),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        html.escape(secret, quote=False),
        repr(secret)[1:-1],
        base64.b64encode(plain).decode().rstrip("="),
        base64.urlsafe_b64encode(plain).decode().rstrip("="),
        base64.b64encode(plain + b":").decode(),
    )


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
