"""Kinds of parameters: each turns what the form held into a value, or refuses it as Stripe does."""

import re
from collections.abc import Callable
from typing import Any, Final

from probe.lab.stripe.errors import Json, Refusal, missing_parameter, not_simulated, unknown_parameter

Kind = Callable[[Any, str], Any]
"""Takes the raw value and its full name."""
Spec = dict[str, Kind]
"""Every parameter that a method knows, by name."""

MAX_TEXT: Final = 5000
MAX_METADATA_KEYS: Final = 50
MAX_METADATA_KEY: Final = 40
MAX_METADATA_VALUE: Final = 500


def read(spec: Spec, form: Json, *, required: tuple[str, ...] = (), within: str = "") -> Json:
    """Check every parameter of `form`; the unknown ones come first, then the missing ones, then the wrong ones."""
    for name in form:
        if name not in spec:
            raise unknown_parameter(_inside(within, name))
    for name in required:
        if name not in form:
            raise missing_parameter(_inside(within, name))
    return {name: spec[name](value, _inside(within, name)) for name, value in form.items()}


def text(value: Any, name: str) -> str:  # noqa: ANN401 - a kind judges what came in
    """Any text but an empty one."""
    if not isinstance(value, str):
        raise Refusal(f"Invalid string: {value}", param=name)
    if value == "":
        raise Refusal(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however"
            f" '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty value.",
            code="parameter_invalid_empty",
            param=name,
        )
    if len(value) > MAX_TEXT:
        raise Refusal(f"Invalid string: {name} must be at most {MAX_TEXT} characters", param=name)
    return value


def flag(value: Any, name: str) -> bool:  # noqa: ANN401 - a kind judges what came in
    """`true` or `false`."""
    if value not in ("true", "false"):
        raise Refusal(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def integer(minimum: int = 0, maximum: int | None = None) -> Kind:
    """A whole number in a range."""

    def kind(value: Any, name: str) -> int:  # noqa: ANN401 - a kind judges what came in
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise Refusal(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
        number = int(value)
        if number < minimum or (maximum is not None and number > maximum):
            bound = f"greater than or equal to {minimum}" if number < minimum else f"less than or equal to {maximum}"
            raise Refusal(f"This value must be {bound}.", code="parameter_invalid_integer", param=name)
        return number

    return kind


def choice(*values: str) -> Kind:
    """One of a closed set."""

    def kind(value: Any, name: str) -> str:  # noqa: ANN401 - a kind judges what came in
        if value not in values:
            listed = ", ".join(values[:-1]) + (" or " if len(values) > 1 else "") + values[-1]
            raise Refusal(f"Invalid {name}: must be one of {listed}", param=name)
        return str(value)

    return kind


def only(*values: str) -> Kind:
    """What is simulated of a larger set; the rest of it is refused as not simulated."""

    def kind(value: Any, name: str) -> str:  # noqa: ANN401 - a kind judges what came in
        if value not in values:
            raise not_simulated(f"{name}={value}")
        return str(value)

    return kind


def unset(inner: Kind) -> Kind:
    """What an empty value takes away again: `None`."""

    def kind(value: Any, name: str) -> Any:  # noqa: ANN401 - a kind judges what came in
        return None if value == "" else inner(value, name)

    return kind


def fields(**spec: Kind) -> Kind:
    """A hash of known parameters."""

    def kind(value: Any, name: str) -> Json:  # noqa: ANN401 - a kind judges what came in
        if not isinstance(value, dict):
            raise Refusal(f"Invalid object: {name} must be a hash", param=name)
        return read(spec, value, within=name)

    return kind


def items(inner: Kind, *, maximum: int = 100) -> Kind:
    """A list, written `a[]=` or `a[0]=`."""

    def kind(value: Any, name: str) -> list[Any]:  # noqa: ANN401 - a kind judges what came in
        if isinstance(value, dict) and all(key.isdecimal() for key in value):
            value = [value[key] for key in sorted(value, key=int)]
        if not isinstance(value, list):
            raise Refusal(f"Invalid array: {name} must be a list", param=name)
        if len(value) > maximum:
            raise Refusal(f"Invalid array: {name} may hold at most {maximum}", param=name)
        return [inner(element, f"{name}[{index}]") for index, element in enumerate(value)]

    return kind


def metadata(value: Any, name: str) -> Json:  # noqa: ANN401 - a kind judges what came in
    """Text by text; an empty value takes a key away, an empty whole all of them (`{}`)."""
    if value == "":
        return {}
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise Refusal("Invalid metadata: it must be a hash of strings", param=name)
    if len(value) > MAX_METADATA_KEYS:
        raise Refusal(f"Metadata can have up to {MAX_METADATA_KEYS} keys", param=name)
    for key, content in value.items():
        if len(key) > MAX_METADATA_KEY or len(content) > MAX_METADATA_VALUE:
            raise Refusal(
                f"Metadata keys can have up to {MAX_METADATA_KEY} characters, values up to {MAX_METADATA_VALUE}: {key}",
                param=f"{name}[{key}]",
            )
    return value


def anything(value: Any, _name: str) -> Any:  # noqa: ANN401 - a kind judges what came in
    """Taken as it comes, and without effect on what a card scenario can see."""
    return value


def refused(_value: Any, name: str) -> Any:  # noqa: ANN401 - a kind judges what came in
    """Known to Stripe, not simulated."""
    raise not_simulated(name)


def refused_all(*names: str) -> Spec:
    """Several of the kind `refused`."""
    return dict.fromkeys(names, refused)


def moment(value: Any, name: str) -> Json:  # noqa: ANN401 - a kind judges what came in
    """A filter on a time: one second, or bounds; always given back as bounds."""
    if isinstance(value, dict):
        return read(dict.fromkeys(("gt", "gte", "lt", "lte"), integer()), value, within=name)
    second = integer()(value, name)
    return {"gte": second, "lte": second}


ADDRESS = fields(**dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), unset(text)))
BILLING_DETAILS = fields(
    address=unset(ADDRESS), email=unset(text), name=unset(text), phone=unset(text), tax_id=unset(text)
)
SHIPPING = fields(address=ADDRESS, carrier=text, name=text, phone=text, tracking_number=text)
EXPAND: Spec = {"expand": items(text, maximum=20)}
PAGE: Spec = EXPAND | {"limit": integer(1, 100), "starting_after": text, "ending_before": text}
DATED_PAGE: Spec = PAGE | {"created": moment}


def _inside(within: str, name: str) -> str:
    return f"{within}[{name}]" if within else name
