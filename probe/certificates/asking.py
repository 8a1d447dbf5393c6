"""Ask those who know more of an identity than its files: the service that uses it, and what is said to renew it."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from probe.certificates.in_use import look
from probe.certificates.inventory import Inventory
from probe.certificates.managed import prove
from probe.model.clock import Clock
from probe.model.path import Identity

_LOG: Final = logging.getLogger("paypath.certificates")


async def ask_all(identities: Iterable[Identity], inventory: Inventory, *, clock: Clock, limit_s: float) -> None:
    """Ask about each identity once, all at the same time; that one could not be asked is a warning in the log."""

    async def one(identity: Identity) -> None:
        problem = await ask(identity, inventory, clock=clock, limit_s=limit_s)
        if problem is not None:
            _LOG.warning("%s", problem)

    async with asyncio.TaskGroup() as group:
        for identity in {each.name: each for each in identities}.values():
            group.create_task(one(identity))


async def ask(identity: Identity, inventory: Inventory, *, clock: Clock, limit_s: float) -> str | None:
    """Let the inventory know what the running service holds of it, and whether it is renewed as is said.

    Gives why the service could not be asked, for people; None where it could, or where nobody said how.
    """
    leaves, problem = inventory.leaves(identity.name), None
    if identity.in_use is not None:
        found = await look(
            identity.in_use, clock=clock, limit_s=limit_s, certificate=identity.certificate, known=leaves
        )
        if found.error is not None:
            problem = f"what is in use of identity {identity.name} could not be seen: {found.error}"
        inventory.found_in_use(identity.name, found)
    if identity.managed_proof is not None and leaves:
        inventory.proved(identity.name, await prove(identity.managed_proof, leaves[0], clock=clock, limit_s=limit_s))
    return problem
