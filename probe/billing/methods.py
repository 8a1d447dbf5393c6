"""What methods the Stripe SDK has, and what each does: asked of the SDK itself, so that no list of ours can age."""

import difflib
import functools
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from stripe._stripe_service import StripeService

_READS: Final = frozenset({"retrieve", "list", "search"})
"""Last words of methods that only read, in every service of the SDK (a test asks all of them)."""


class CallMistakeError(Exception):
    """A call that the SDK does not have, or without the id that goes into its URL: a mistake in a scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of the SDK's `StripeClient`."""

    name: str
    """Dotted path, `v1.payment_intents.create`."""
    verb: str
    """`get`, `post` or `delete`."""
    path_arguments: tuple[str, ...]
    """Parameters that go into the URL, in the SDK's order: `("intent",)`."""
    takes_metadata: bool


def exists(method: str) -> bool:
    """Whether the SDK has `method`, a dotted path such as `v1.refunds.create`. Streams (PDF files) do not count."""
    return find(method) is not None


def writes(method: str) -> bool:
    """Whether `method` may change anything at Stripe. Whatever is not known to read counts as writing."""
    if method.rpartition(".")[2] in _READS:
        return False
    found = find(method)
    return found is None or found.verb != "get"


def nearest(method: str) -> tuple[str, ...]:
    """Methods that were perhaps meant, the likeliest first, at most three; empty where nothing is like it."""
    wanted = method if method.startswith(("v1.", "v2.")) else f"v1.{method}"
    return tuple(difflib.get_close_matches(wanted, all_methods(), n=3, cutoff=0.75))


def arguments(method: str, parameters: Mapping[str, object]) -> tuple[tuple[str, ...], dict[str, object]]:
    """The parameters that go into the URL, in order, and the others. `id` also names a lone one.

    Raises CallMistakeError, in words for the scenario's author.
    """
    found = find(method)
    if found is None:
        raise CallMistakeError(f"the Stripe SDK has no method {method}" + _perhaps(nearest(method)))
    rest = dict(parameters)
    taken: list[str] = []
    for name in found.path_arguments:
        given = "id" if name not in rest and len(found.path_arguments) == 1 else name
        value = rest.pop(given, None)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # a template alone takes the type of what it names
        if not isinstance(value, str) or not value:
            raise CallMistakeError(f"{method} needs `{name}`, the id that goes into its URL, under `with`")
        taken.append(value)
    return tuple(taken), rest


@functools.cache
def find(method: str) -> Method | None:
    """The method of that name; None where the SDK has none."""
    *services, last = method.split(".")
    if not services or last.startswith("_"):
        return None
    service = _service(tuple(services))
    if service is None or not callable(getattr(type(service), f"{last}_async", None)):
        return None
    return _describe(method, getattr(service, last))


def parameter_type(method: str) -> type:
    """The SDK's TypedDict of the parameters of a method that exists, those in the URL left out."""
    return _parameter_type(function_of(method))


def function_of(method: str) -> Callable[..., object]:
    """The SDK's function of a method that exists; called, it sends nothing."""
    *services, last = method.split(".")
    function: Callable[..., object] = getattr(_service(tuple(services)), last)
    return function


@functools.cache
def all_methods() -> tuple[str, ...]:
    """Every method of the SDK, about 650. Takes a tenth of a second the first time."""
    return tuple(sorted(name for root in ("v1", "v2") for name in _names((root,))))


class _Recorder:
    """Stands in for the SDK's requestor: notes what would be sent, and sends nothing."""

    def __init__(self) -> None:
        self.verb: str | None = None

    def request(self, verb: str, *_rest: object, **_more: object) -> None:
        """What every method but the streams ends in."""
        self.verb = verb

    def request_stream(self, *_rest: object, **_more: object) -> None:
        """A stream is no method for a scenario."""
        self.verb = None


_recorder: Final = _Recorder()
_PARAMETERS: Final = re.compile(r"\b\w+Params\b")
"""The name in an annotation of the SDK: a word, or a `ForwardRef`, whose text is another from Python 3.14 on."""


def _describe(name: str, function: Callable[..., object]) -> Method | None:
    """Call `function` into the recorder to learn its verb; None for a stream."""
    signature = inspect.signature(function)
    in_url = tuple(each for each in signature.parameters if each not in {"params", "options"})
    function(*("id" for _ in in_url), params={})
    if _recorder.verb is None:
        return None
    metadata = "metadata" in _parameter_type(function).__annotations__
    return Method(name=name, verb=_recorder.verb, path_arguments=in_url, takes_metadata=metadata)


def _parameter_type(function: Callable[..., object]) -> type:
    """The SDK's TypedDict of a method's parameters."""
    annotation = str(inspect.signature(function).parameters["params"].annotation)
    named = _PARAMETERS.findall(annotation)[0]
    package = str(function.__module__).rpartition(".")[0]
    parameters = importlib.import_module(package.replace("stripe", "stripe.params", 1))
    found: type = getattr(parameters, named)
    return found


@functools.cache
def _service(names: tuple[str, ...]) -> "StripeService | None":
    """The service below `v1` or `v2` of that path, which records instead of sending."""
    if len(names) == 1:
        return _root(names[0])
    parent = _service(names[:-1])
    return None if parent is None or names[-1] not in _subservices(parent) else getattr(parent, names[-1])


def _root(name: str) -> "StripeService | None":
    """The namespace of one version of Stripe's API."""
    from stripe._v1_services import V1Services  # noqa: PLC0415 - the SDK is imported where it is needed
    from stripe._v2_services import V2Services  # noqa: PLC0415 - the SDK is imported where it is needed

    roots: dict[str, type[StripeService]] = {"v1": V1Services, "v2": V2Services}
    return roots[name](_recorder) if name in roots else None


def _subservices(service: "StripeService") -> Mapping[str, object]:
    """The names of the services below one."""
    return getattr(sys.modules[type(service).__module__], "_subservices", {})


def _names(names: tuple[str, ...]) -> list[str]:
    """The dotted paths of all methods below a service."""
    service = _service(names)
    suffix = "_async"
    here = [".".join((*names, each.removesuffix(suffix))) for each in dir(type(service)) if each.endswith(suffix)]
    below = [] if service is None else [name for child in _subservices(service) for name in _names((*names, child))]
    return [name for name in here if exists(name)] + below


def _perhaps(names: tuple[str, ...]) -> str:
    """The end of a sentence that suggests `names`."""
    return f"; perhaps {' or '.join(names)}" if names else ""
