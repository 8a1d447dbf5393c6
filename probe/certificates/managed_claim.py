"""What a manager says of the certificate that it looks after, held against the file that is really there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from probe.classify.wording import age, moment
from probe.model.certificate import Certificate
from probe.model.watch import Proof

_FOLLOWS: Final = timedelta(minutes=10)
"""How long a mounted file may take to follow a renewal: the kubelet's sync period and the CA's backdating, with room."""
_LONGEST_TEXT: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One Certificate resource, as its manager shows it."""

    name: str
    """For people: `Certificate payments/billing-client`."""
    ready: bool | None
    """None: the manager does not know itself."""
    because: str = ""
    """Why it is not ready, in the manager's words."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    """None: it was never issued."""
    renewal_at: datetime | None = None


def prove(claim: Claim, leaf: Certificate, *, at: datetime) -> Proof:
    """Proven where the manager holds just this certificate, and holds it ready; else what differs."""
    if claim.not_after is None:
        return _no(claim, f"{claim.name} was never issued{_because(claim)}")
    ends = claim.not_after.replace(microsecond=0)
    if ends != leaf.not_after.replace(microsecond=0):
        return _other(claim, leaf, ends, at)
    if not claim.ready:
        state = "is not Ready" if claim.ready is False else "does not know whether it is Ready"
        return _no(claim, f"{claim.name} {state}{_because(claim)}: cert-manager will not renew it as it is")
    return Proof(proven=True, detail=f"{claim.name} is Ready{_renewal(claim, at)}", renewal_at=claim.renewal_at)


def cleaned(text: str) -> str:
    """What another program wrote, on one line, without control characters and not too long."""
    line = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…"


def _other(claim: Claim, leaf: Certificate, ends: datetime, at: datetime) -> Proof:
    """The file holds another certificate than the manager."""
    both = f"{claim.name} ends at {moment(ends)}, the one in {leaf.source.location} at {moment(leaf.not_after)}"
    if ends > leaf.not_after and claim.not_before is not None and at - claim.not_before < _FOLLOWS:
        return Proof(proven=None, detail=f"{both}: it was just renewed, and the file should follow within minutes")
    why = "it is not what cert-manager renews, or it is mounted in a way that does not follow (`subPath`)"
    return Proof(proven=False, detail=f"{both}: {why}")  # when another certificate is renewed says nothing of this one


def _no(claim: Claim, detail: str) -> Proof:
    return Proof(proven=False, detail=detail, renewal_at=claim.renewal_at)


def _because(claim: Claim) -> str:
    return f" ({cleaned(claim.because)})" if claim.because else ""


def _renewal(claim: Claim, at: datetime) -> str:
    if claim.renewal_at is None:
        return ", and ends when the file's does"
    if claim.renewal_at <= at:
        return f", but was to be renewed {age(at - claim.renewal_at)} ago, at {moment(claim.renewal_at)}"
    return f", and is to be renewed in {age(claim.renewal_at - at)}, at {moment(claim.renewal_at)}"
