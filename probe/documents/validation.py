"""What pydantic found, as mistakes at the places where the values were written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from probe.documents.fields import kind_of
from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake, Place
from probe.documents.nearest import nearest, suggestion
from probe.documents.shapes import known_keys
from probe.documents.tree import Loc, dotted, last_key

_WANTED: Final = {
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "list_type": "a list",
    "tuple_type": "a list",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where each value and each key was written."""

    values: Mapping[Loc, Place]
    keys: Mapping[Loc, Place]

    def value(self, loc: Loc) -> Place:
        """The place of the value at `loc`, or of the nearest thing around it."""
        return self._nearest(self.values, loc)

    def key(self, loc: Loc) -> Place:
        """The place of the key at `loc`, or of the nearest key or item of a list around it; of the whole document at last."""
        if () in self.values and not any(loc[:n] in self.keys for n in range(1, len(loc) + 1)):
            return self.value(loc)
        items = {
            at: self.values[at]
            for n in range(1, len(loc) + 1)
            if isinstance((at := loc[:n])[-1], int) and at in self.values
        }
        return self._nearest({**self.keys, **items}, loc)

    def _nearest(self, places: Mapping[Loc, Place], loc: Loc) -> Place:
        found = (places[loc[:n]] for n in range(len(loc), -1, -1) if loc[:n] in places)
        return next(found, Place("environment"))


def mistakes_of(error: ValidationError, model: type[BaseModel], places: Places) -> list[Mistake]:
    """One mistake for each error; a required key that was only misspelt is not missing too."""
    found = error.errors(include_url=False)
    meant = {_meant(details, model) for details in found if details["type"] == "extra_forbidden"}
    told = [details for details in found if details["type"] != "missing" or tuple(details["loc"]) not in meant]
    return [_mistake(details, model, places) for details in told]


def _meant(details: ErrorDetails, model: type[BaseModel]) -> Loc:
    """The key that an unknown one was probably meant to be."""
    loc, _ = _real_loc(details["loc"])
    return (*loc[:-1], nearest(str(loc[-1]), known_keys(model, loc[:-1])) or "")


def _mistake(details: ErrorDetails, model: type[BaseModel], places: Places) -> Mistake:
    loc, of_key = _real_loc(details["loc"])
    label = quoted(last_key(loc)) if loc else "the document"
    message, hint = _explained(details, label, known_keys(model, loc[:-1]))
    on_key = of_key or details["type"] in ("extra_forbidden", "missing")
    return Mistake.at(places.key(loc) if on_key else places.value(loc), dotted(loc), message, hint)


def _real_loc(loc: Sequence[int | str]) -> tuple[Loc, bool]:
    """Pydantic's way to the error without what it adds (`[key]`), and whether the key itself is meant."""
    return (tuple(loc[:-1]), True) if loc and loc[-1] == "[key]" else (tuple(loc), False)


def _explained(details: ErrorDetails, label: str, known: Sequence[str]) -> tuple[str, str]:
    """Message and hint."""
    context: Mapping[str, Any] = details.get("ctx", {})
    match details["type"]:
        case "refused":
            colon = "" if context["message"].startswith(("must ", "is ")) else ":"
            return f"{label}{colon} {context['message']}", context["hint"]
        case "extra_forbidden":
            return f"unknown key {label}", suggestion(str(details["loc"][-1]), known)
        case "missing":
            return f"{label} is missing", "add it"
        case kind if kind in _WANTED:
            return f"{label} must be {_WANTED[kind]}, not {kind_of(details['input'])}", ""
    return f"{label}: {details['msg']}", ""
