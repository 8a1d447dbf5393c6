"""The one way out: whatever leaves the process, or is kept by it, passes `leaving` or `leaving_value`.

A process has exactly one of these, because it has one stdout, one history and one collector, and because what is secret shows only as
it is read: streams exist before the configuration does, and a traceback may come from anywhere. Who makes a `Secret` out of what an
operator wrote tells it to `learn`, and from then on no output holds it.
"""

from collections.abc import Iterable
from typing import Final

from probe.model.secret import Secret
from probe.redact.key_material import KeyMaterial
from probe.redact.text import Redactor

_WORDS_BELOW: Final = 8
"""Characters from which on a secret is looked for within words too; shorter ones are no good, and may be words themselves."""


class WayOut:
    """What is known to be secret, and texts without it. Safe to use from several threads."""

    def __init__(self) -> None:
        """Nothing is known but the shapes of secrets."""
        self._known: frozenset[Secret] = frozenset()
        self._keys = KeyMaterial()
        self._redactor = Redactor(keys=self._keys)

    def learn(self, secrets: Iterable[Secret]) -> None:
        """From now on these are masked, in every form in which they can be written."""
        known = self._known.union(secrets)
        if known != self._known:
            self._known = known
            self._redactor = Redactor(known, words_below=_WORDS_BELOW, keys=self._keys)

    def learn_key(self, numbers: Iterable[bytes], file: str) -> None:
        """From now on nothing of a private key is shown: of its secret numbers (big-endian) in Base64 and hexadecimal digits, of the lines of its file."""
        if self._keys.learn(numbers, file):
            self._redactor.forget_texts()

    def forget(self) -> None:
        """Nothing is known but private keys, whose files are not opened again where their content is: another invocation begins in the same process."""
        self._known = frozenset()
        self._redactor = Redactor(keys=self._keys)

    def text(self, text: str) -> str:
        """`text` without secrets; see `Redactor.text`."""
        return self._redactor.text(text)

    def value(self, value: object) -> object:
        """The same value with every text in it redacted, at any depth; see `Redactor.value`."""
        return self._redactor.value(value)


OUT: Final = WayOut()
"""The process's own."""


def leaving(text: str) -> str:
    """`text` as it may leave the process."""
    return OUT.text(text)


def leaving_value(value: object) -> object:
    """A value as it may leave the process: JSON, attributes, rows. Redact before it is written as text, so that it stays well formed."""
    return OUT.value(value)


def learned(secret: Secret) -> Secret:
    """The same secret, which no output holds from now on."""
    OUT.learn((secret,))
    return secret
