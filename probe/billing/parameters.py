"""Whether the parameters of a call are those that the Stripe SDK's own types give the method. Asked of the SDK; sends nothing."""

import functools
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Union

from probe.billing.methods import Method, find, parameter_type
from probe.documents.masking import quoted
from probe.documents.nearest import slip, suggestion

Place = tuple[str | int, ...]

_TEMPLATE: Final = "${"
_SCALARS: Final[Mapping[object, tuple[tuple[type, ...], str]]] = {
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    bool: ((bool,), "true or false"),
    str: ((str, int, float, bool), "text"),
}
"""What YAML may hold for a type, and its name. All is sent as text, so a number may stand for one."""


@dataclass(frozen=True, slots=True)
class ParameterFault:
    """One thing that is wrong with the parameters of a call."""

    place: Place
    """Below `with`; of a parameter that is missing, where it should stand."""
    message: str
    hint: str


def parameter_faults(method: str, parameters: Mapping[str, object]) -> Iterator[ParameterFault]:
    """Everything that the types of the SDK have against `parameters`. Nothing for a method that does not exist.

    A text with `${…}` fits everywhere: what it becomes is known only when it runs.
    """
    found = find(method)
    if found is None:
        return
    in_url = {*found.path_arguments, *(("id",) if len(found.path_arguments) == 1 else ())}
    yield from _url_faults(found, parameters)
    rest = {name: value for name, value in parameters.items() if name not in in_url}
    yield from _map_faults(rest, parameter_type(method), (), also=found.path_arguments)


def _url_faults(method: Method, parameters: Mapping[str, object]) -> Iterator[ParameterFault]:
    """The ids that go into the URL."""
    lone = len(method.path_arguments) == 1 and "id" in parameters
    for name in method.path_arguments:
        if name not in parameters and not lone:
            yield ParameterFault((name,), f"{method.name} needs `{name}`, the id that goes into its URL", "add it")
        given = "id" if lone and name not in parameters else name
        value = parameters.get(given, "id")
        if not isinstance(value, str) or not value.strip():
            hint = "write the id, or save it in an earlier step: `${saved.NAME}`"
            yield ParameterFault((given,), f"`{given}` must be the text of an id: it goes into the URL", hint)


@functools.cache
def _keys_of(typed: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a TypedDict of the SDK; nothing else describes those
    """The parameters of one TypedDict with their types, without the options of a request, which are ours to set."""
    from stripe._request_options import RequestOptions  # noqa: PLC0415 - the SDK is imported where it is needed

    hints = typing.get_type_hints(typed, localns={"StripeContext": object, "Mapping": Mapping})
    keys = {name: form for name, form in hints.items() if name not in RequestOptions.__annotations__}
    if (
        "allowed_payment_method_types" in keys
    ):  # of the API version that we ask for, and gone from the SDK's types since
        keys["payment_method_types"] = list[str]
    return keys


def _map_faults(
    value: Mapping[str, object],
    typed: Any,  # noqa: ANN401 - see above
    place: Place,
    *,
    also: Sequence[str] = (),
) -> Iterator[ParameterFault]:
    """Unknown keys, missing ones, and what is wrong with the values of the others."""
    keys = _keys_of(typed)
    for name, item in value.items():
        if name in keys:
            yield from _faults(item, keys[name], (*place, name))
        else:
            hint = suggestion(name, sorted({*keys, *also}))
            yield ParameterFault((*place, name), f"unknown parameter {quoted(name)}", hint)
    for name in sorted((typed.__required_keys__ & keys.keys()) - value.keys()):
        yield ParameterFault((*place, name), f"the parameter `{name}` is missing", "add it")


def _faults(value: object, form: Any, place: Place) -> Iterator[ParameterFault]:  # noqa: ANN401 - see above
    """What is wrong with one value, whichever of its forms it may have. Null clears a parameter."""
    if value is None or (isinstance(value, str) and _TEMPLATE in value):
        return
    forms = tuple(_alternatives(form))
    if isinstance(value, Mapping):
        yield from _of_a_map(value, forms, place)
    elif isinstance(value, list):
        items = [typing.get_args(one)[0] for one in forms if typing.get_origin(one) is list]
        for index, item in enumerate(value if items else ()):
            yield from _faults(item, items[0], (*place, index))
        if not items:
            yield _unfit(place, forms, "a list")
    elif not any(_fits(value, one) for one in forms) or _slips(value, forms):
        yield _unfit(place, forms, quoted(str(value).lower() if isinstance(value, bool) else str(value)))


def _of_a_map(value: Mapping[str, object], forms: Sequence[Any], place: Place) -> Iterator[ParameterFault]:
    typed = [one for one in forms if _is_typed(one)]
    free = [typing.get_args(one)[-1] for one in forms if typing.get_origin(one) is dict]
    if typed:
        yield from min((list(_map_faults(value, one, place)) for one in typed), key=len)
    elif free:
        for name, item in value.items():
            yield from _faults(item, free[0], (*place, name))
    elif all(one in _SCALARS or typing.get_origin(one) in (list, Literal) for one in forms):
        yield _unfit(place, forms, "a map")


def _alternatives(form: Any) -> Iterator[Any]:  # noqa: ANN401 - see above
    """Every form that a value may have."""
    if typing.get_origin(form) in (Union, types.UnionType):
        for each in typing.get_args(form):
            yield from _alternatives(each)
    elif form is not type(None):
        yield form


def _is_typed(form: object) -> bool:
    return hasattr(form, "__required_keys__")  # `is_typeddict` does not know those of typing_extensions on Python 3.11


def _fits(value: object, form: Any) -> bool:  # noqa: ANN401 - see above
    """Whether a value that is neither map nor list has this form."""
    if typing.get_origin(form) is Literal:
        return value in typing.get_args(form)
    if form not in _SCALARS:
        return not _is_typed(form) and typing.get_origin(form) not in (list, dict)
    allowed, _ = _SCALARS[form]
    return isinstance(value, allowed) and (form in (bool, str) or not isinstance(value, bool))


def _slips(value: object, forms: Sequence[Any]) -> bool:
    """Whether a text is a slip of one of the listed words. Others may be newer than the SDK, whose types therefore take any text."""
    words = [word for one in forms if typing.get_origin(one) is Literal for word in typing.get_args(one)]
    return isinstance(value, str) and slip(value, words) is not None


def _unfit(place: Place, forms: Sequence[Any], found: str) -> ParameterFault:
    """A value that has none of the forms."""
    name = next(str(part) for part in reversed(place) if isinstance(part, str))
    wanted = " or ".join(dict.fromkeys(_wanted(one) for one in forms if one != Literal[""]))
    return ParameterFault(place, f"`{name}` must be {wanted}, not {found}", "")


def _wanted(form: Any) -> str:  # noqa: ANN401 - see above
    if form in _SCALARS:
        return _SCALARS[form][1]
    if typing.get_origin(form) is Literal:
        return ", ".join(f"`{word}`" for word in typing.get_args(form))
    return "a list" if typing.get_origin(form) is list else "a map"
