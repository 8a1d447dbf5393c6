"""What to do about a watched certificate, in a few words: the last column of a table."""

from collections.abc import Callable, Mapping
from typing import Final

from probe.classify.expiry import Standing
from probe.model.failure import Blame, Failure, Severity
from probe.model.watch import Held, WatchedCertificate

_MOST: Final = 2
"""What is to be done first; the rest stands in the JSON result."""
_ORDER: Final = (Severity.PAGE, Severity.TICKET)
_OWNERS: Final = {
    Blame.CONNECTOR: "tell the connector's owner",
    Blame.NETWORK: "tell the proxy's owner",
    Blame.STRIPE: "tell Stripe, or whoever stands behind the connector",
}
_PLACES: Final = {
    Held.IN_USE: "reload the billing service with the new one",
    Held.IDENTITY: "put the CA's successor into the file",
    Held.CRL: "fetch a new list",
    Held.TRUST: "put its successor into the bundle",
    Held.PEER: "put its successor into the bundle",
    Held.WATCHED: "renew it, or tell its owner",
}
"""What is not ours to renew, and in whose place a newer one has to be put; the first that fits."""


def advice(entry: WatchedCertificate, standing: Standing) -> str:
    """The gravest first, at most two things; nothing where nobody has to act."""
    grave = sorted(
        (failure for failure in standing.failures if failure.severity is not Severity.NONE),
        key=lambda failure: _ORDER.index(failure.severity),
    )
    said = dict.fromkeys(_DO.get(failure.reason, _replace)(entry, failure) for failure in grave)
    return "; ".join(list(said)[:_MOST])


def _replace(entry: WatchedCertificate, failure: Failure) -> str:
    """Somebody has to put a newer one in its place."""
    if failure.blame in _OWNERS:
        return _OWNERS[failure.blame]
    if entry.ours:
        return _renew(entry, failure)
    return next((do for held, do in _PLACES.items() if entry.held_as(held)), "renew it, or tell its owner")


def _renew(entry: WatchedCertificate, failure: Failure) -> str:
    by = entry.care.managed_by
    if failure.reason == "certificate.expired":
        return "replace it now: docs/runbooks/rotation.md"
    return f"see why {by} has not renewed it" if by else "renew it: docs/runbooks/rotation.md"


def _manage(entry: WatchedCertificate, _failure: Failure) -> str:
    return (
        "let something renew it" if entry.care.managed_by is None else f"prove that {entry.care.managed_by} renews it"
    )


_DO: Final[Mapping[str, Callable[[WatchedCertificate, Failure], str]]] = {
    "certificate.unmanaged": _manage,
    "certificate.management_unproven": _manage,
    "certificate.renewal_overdue": lambda entry, _: f"see why {entry.care.managed_by} has not renewed it",
    "certificate.renewal_loses_client_auth": lambda *_: "move it to a private CA",
    "certificate.rotated_but_not_used": lambda entry, _: (
        "see what the billing service holds (`in_use`), or reload it"
        if entry.use_unseen
        else f"reload the billing service: it holds {'another' if entry.certificate is None else 'the old'} one"
    ),
    "certificate.half_rotated": lambda *_: "put both files of one issue in place",
    "certificate.unreadable": lambda entry, _: f"mend the file: {entry.unreadable}",
    "certificate.not_yet_valid": lambda *_: "check the clock, or put the one before it back",
}
"""Reason -> what to do. All others: replace it."""
