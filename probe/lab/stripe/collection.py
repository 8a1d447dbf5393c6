"""The objects of one kind, in the order in which they were made."""

from collections.abc import Callable, Iterator
from itertools import islice

from probe.lab.stripe.errors import Json, no_such


class Collection:
    """Objects by id; a deleted one is gone from lists but still known."""

    def __init__(self, kind: str, *, param: str = "id") -> None:
        """`kind` is the object's name as Stripe's messages write it, `param` what a 404 calls its id."""
        self.kind = kind
        self._param = param
        self._objects: dict[str, Json] = {}
        self._deleted: dict[str, Json] = {}

    def add(self, made: Json) -> Json:
        """Keep an object that has an `id`; gives it back."""
        self._objects[made["id"]] = made
        return made

    def find(self, identifier: str) -> Json | None:
        """The living object, or None."""
        return self._objects.get(identifier)

    def get(self, identifier: str) -> Json:
        """The living object; a 404 where its id in the URL is wrong."""
        found = self._objects.get(identifier)
        if found is None:
            raise no_such(self.kind, identifier, param=self._param, status=404)
        return found

    def named(self, identifier: str, *, param: str) -> Json:
        """The living object that the parameter `param` names; a 400 otherwise."""
        found = self._objects.get(identifier)
        if found is None:
            raise no_such(self.kind, identifier, param=param)
        return found

    def delete(self, identifier: str, stub: Json) -> Json:
        """Leave only `stub` of it."""
        self.get(identifier)
        del self._objects[identifier]
        self._deleted[identifier] = stub
        return stub

    def stub(self, identifier: str) -> Json | None:
        """What is left of a deleted object."""
        return self._deleted.get(identifier)

    def trim(self, most: int, *, spare: Callable[[Json], bool]) -> None:
        """Forget the oldest objects above `most`, those that `spare` excepted."""
        surplus = len(self._objects) - most
        if surplus > 0:
            old = [made for made in islice(self._objects.values(), surplus) if not spare(made)]
            for made in old:
                del self._objects[made["id"]]
        for identifier in list(islice(self._deleted, max(0, len(self._deleted) - most))):
            del self._deleted[identifier]

    def __iter__(self) -> Iterator[Json]:
        """Newest first, as every list of Stripe's is."""
        return iter(reversed(tuple(self._objects.values())))

    def __len__(self) -> int:
        return len(self._objects)
