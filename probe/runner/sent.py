"""What a step sends, as texts: a live-mode key must never be among them."""

from collections.abc import Iterator, Mapping

from probe.model.scenario import Action, HttpAction, StripeAction


def texts_of(action: Action) -> Iterator[str]:
    """Every text that doing it sends."""
    match action:
        case StripeAction(method=method, parameters=parameters):
            yield method
            yield from _texts(parameters)
        case HttpAction(path=path, headers=headers, body=body):
            yield path
            yield from _texts(headers)
            yield body or ""
        case _:
            return


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield str(key)
            yield from _texts(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _texts(member)
    else:
        yield str(value)
