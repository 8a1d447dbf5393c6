"""Values that cannot be printed by accident."""


class Secret:
    """A string that shows itself only where `reveal` is called; `str` and `repr` give `***`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Wrap `value`; nothing about it, not even its length, is shown."""
        self._value = value

    def reveal(self) -> str:
        """The value itself. Call it only where it goes on the wire, or into the redactor."""
        return self._value

    def __repr__(self) -> str:
        """Never the value."""
        return "Secret(***)"

    def __str__(self) -> str:
        """Never the value."""
        return "***"

    def __format__(self, spec: str) -> str:
        """Never the value, whatever the format."""
        return format("***", spec)

    def __eq__(self, other: object) -> bool:
        """Equal where the wrapped values are."""
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        """Consistent with equality."""
        return hash(("Secret", self._value))


def is_test_key(key: Secret) -> bool:
    """Whether `key` is a Stripe test-mode key by its prefix: the only kind that anything here may use."""
    value = key.reveal()
    return value.startswith(("sk_test_", "rk_test_")) and value.isascii() and value.isprintable() and " " not in value
