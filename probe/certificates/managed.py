"""`managed_by` is a claim, and a claim that nobody checked is how a certificate expired unseen: ask what is said to renew it.

A mounted file carries no sign of who made it. So the manager is asked for the certificate that it renews, and its end is held against
that of the file.
"""

from probe.certificates import managed_claim, managed_kubernetes, managed_metrics
from probe.certificates.fetch import FetchError, fetch, shown
from probe.certificates.managed_claim import Claim
from probe.certificates.managed_kubernetes import Cluster, NotReadableError
from probe.certificates.managed_metrics import NotCertManagerError
from probe.model.certificate import Certificate
from probe.model.clock import Clock
from probe.model.path import ManagedProof, ProofKind
from probe.model.watch import Proof


class _UnaskedError(Exception):
    """It could not be asked; the message says why."""


async def prove(
    proof: ManagedProof, leaf: Certificate, *, clock: Clock, limit_s: float, cluster: Cluster | None = None
) -> Proof:
    """Whether `leaf`, as it lies in our file, is what its manager renews. Never raises for what the other side does.

    `proven` is None where it could not be asked within `limit_s` seconds, or a renewal is just under way; else `detail` says what was
    found, or what differs. `cluster` is where a pod finds its API server; None: as the kubelet provides it.
    """
    try:
        if proof.kind is ProofKind.KUBERNETES:
            claim = await managed_kubernetes.claim_of(proof, cluster or Cluster(), limit_s=limit_s)
        else:
            claim = await _by_metrics(proof, limit_s)
    except (_UnaskedError, NotReadableError) as error:
        return Proof(proven=None, detail=str(error))
    if isinstance(claim, str):
        return Proof(proven=False, detail=claim)
    return managed_claim.prove(claim, leaf, at=clock.now())


async def _by_metrics(proof: ManagedProof, limit_s: float) -> Claim | str:
    if proof.url is None:
        raise _UnaskedError("`managed_proof.url` is missing: the address of cert-manager's metrics")
    try:
        page = await fetch(proof.url, limit_s=limit_s)
        if page.status != 200:  # noqa: PLR2004 - OK; anything else is no page of metrics
            raise _UnaskedError(f"{shown(proof.url)} answers {page.status}")
        text = page.body.decode("utf-8", "replace")
        return managed_metrics.claim_of(text, namespace=proof.namespace, certificate=proof.certificate)
    except FetchError as error:
        raise _UnaskedError(str(error)) from error
    except NotCertManagerError as error:
        raise _UnaskedError(f"{shown(proof.url)} {error}") from error
