"""Which paths lead to the same Stripe account: limits and leftovers belong to accounts, not to paths. Pure."""

from collections.abc import Iterable, Iterator

from probe.model.path import KeyFrom, PaymentPath
from probe.model.secret import Secret


def by_account(paths: Iterable[PaymentPath]) -> tuple[tuple[PaymentPath, ...], ...]:
    """The paths that call Stripe, those of one account together, in the order in which they are configured.

    Paths share an account where they use the same key, or name the same `stripe.account`. A connector that brings its own key
    without an account that is named stands alone: what it leads to is not known.
    """
    groups: list[tuple[set[str | Secret], list[PaymentPath]]] = []
    for path in paths:
        if path.stripe is None:
            continue
        signs = set(_signs(path))
        same = [group for group in groups if group[0] & signs]
        if not same:
            groups.append((signs, [path]))
            continue
        first, *others = same
        first[0].update(signs, *(known for known, _ in others))
        first[1].extend(member for _, members in others for member in members)
        first[1].append(path)
        groups = [group for group in groups if group not in others]
    return tuple(tuple(members) for _, members in groups)


def _signs(path: PaymentPath) -> Iterator[str | Secret]:
    """What the path has in common with every other one of its account."""
    if path.stripe is None:
        return
    if path.stripe.key_from is KeyFrom.PROBE:
        yield path.stripe.api_key
    if path.stripe.account is not None:
        yield path.stripe.account
