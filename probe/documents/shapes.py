"""What may stand below a place, read from the pydantic models: known keys, list items, values of maps."""

import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from probe.documents.tree import Loc


def fields_of(annotation: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - an annotation may be anything
    """Key -> annotation of a model; None for what is no model."""
    shape = bare(annotation)
    if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
        return None
    return {f.alias or name: f.annotation for name, f in shape.model_fields.items()}


def map_values(annotation: Any) -> Any | None:  # noqa: ANN401 - an annotation may be anything
    """The annotation of a map's values; None for what is no map with free keys."""
    shape = bare(annotation)
    return get_args(shape)[1] if get_origin(shape) is dict else None


def below(annotation: Any, part: str | int) -> Any | None:  # noqa: ANN401 - an annotation may be anything
    """The annotation one step down; None where nothing is known there."""
    if (fields := fields_of(annotation)) is not None:
        return fields.get(str(part))
    if get_origin(bare(annotation)) in (list, tuple):
        return get_args(bare(annotation))[0]
    return map_values(annotation)


def known_keys(annotation: Any, loc: Loc) -> tuple[str, ...]:  # noqa: ANN401 - an annotation may be anything
    """The keys that a model knows at `loc`; empty where there is no model."""
    for part in loc:
        annotation = below(annotation, part)
    return tuple(fields_of(annotation) or ())


def bare(annotation: Any) -> Any:  # noqa: ANN401 - an annotation may be anything
    """Without `Annotated[…]` and without `| None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (typing.Union, types.UnionType):
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        else:
            return annotation
