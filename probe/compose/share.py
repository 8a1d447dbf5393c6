"""Which paths and scenarios this replica takes of the work that several share."""

from collections.abc import Sequence
from dataclasses import dataclass

from probe.documents.mistakes import Mistake, SetupError
from probe.model.path import PaymentPath
from probe.model.replica import Charges, Shard, ordinal
from probe.model.scenario import Scenario
from probe.runner.writing import writes
from probe.settings.load import Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What is this replica's."""

    shard: Shard | None = None
    charges: bool = True

    def paths(self, paths: Sequence[PaymentPath]) -> tuple[PaymentPath, ...]:
        """Those of this shard."""
        return tuple(path for path in paths if self.shard is None or self.shard.holds(path.name))

    def takes(self, scenario: Scenario, path: PaymentPath) -> bool:
        """Whether the scenario runs here: one that writes only where charges do."""
        return self.charges or not any(writes(step, path) for step in (*scenario.steps, *scenario.cleanup))


def share_of(loaded: Loaded, host: str) -> Share:
    """This replica's share; `host` is the machine's or pod's name. Raises SetupError where its ordinal is needed and it has none."""
    replicas, number = loaded.settings.replicas, ordinal(host)
    wants = "auto" if (replicas.shard or "").startswith("auto/") else None
    if number is None and (wants or replicas.charges == Charges.FIRST.value):
        key = "shard" if wants else "charges"
        raise SetupError([_mistake(loaded, key, f"`{host}` has no ordinal at its end", _HINTS[key])])
    shard = None
    if replicas.shard is not None:
        index, _, of = replicas.shard.partition("/")
        shard = Shard(index=(number or 0) + 1 if wants else int(index), of=int(of))
        if shard.index > shard.of:
            hint = f"write `auto/{shard.index}` or more: each path is then on one replica, and on one alone"
            raise SetupError([_mistake(loaded, "shard", f"`{host}` is replica {shard.index} of {shard.of}", hint)])
    charges = replicas.charges == Charges.ALL or (replicas.charges == Charges.FIRST and number == 0)
    return Share(shard=shard, charges=charges)


_HINTS = {
    "shard": "only pods of a StatefulSet have one (`paypath-0`): say which share this is, such as `1/5`",
    "charges": "only pods of a StatefulSet have one (`paypath-0`): say `all` on one replica and `none` on the others",
}


def _mistake(loaded: Loaded, key: str, what: str, hint: str) -> Mistake:
    return Mistake.at(loaded.places.value(("replicas", key)), f"replicas.{key}", what, hint)
