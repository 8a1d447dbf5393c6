"""What cert-manager's own metrics say of a Certificate resource.

The names are those of its collector of Certificates; `not_after` and `not_before` are newer than the others, and say the same and more.
A moment of 0 stands for "none yet".
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from probe.certificates.managed_claim import Claim
from probe.documents.nearest import nearest

_OF_CERTIFICATES: Final = "certmanager_certificate_"
_READY: Final = "certmanager_certificate_ready_status"
_ENDS: Final = (
    "certmanager_certificate_expiration_timestamp_seconds",
    "certmanager_certificate_not_after_timestamp_seconds",
)
_BEGINS: Final = "certmanager_certificate_not_before_timestamp_seconds"
_RENEWAL: Final = "certmanager_certificate_renewal_timestamp_seconds"
_MOST_NAMES: Final = 2000
"""Lines that are read for a suggestion: 50 µs each."""


class NotCertManagerError(Exception):
    """The page cannot be read, or holds nothing of cert-manager."""


def claim_of(page: str, *, namespace: str, certificate: str) -> Claim | str:
    """What the page says of the resource; or, where it is not on it, a sentence that names the nearest one.

    Raises NotCertManagerError. Only the lines that name the resource are parsed: the page of a large cluster is megabytes.
    """
    lines = [line for line in page.splitlines() if line.startswith(_OF_CERTIFICATES)]
    if not lines:
        raise NotCertManagerError(_without(page))
    named = (line for line in lines if f'"{certificate}"' in line and f'"{namespace}"' in line)
    samples = [s for s in _samples(named) if _identity(s) == (namespace, certificate)]
    if not samples:
        return _unknown(lines, namespace, certificate)
    return Claim(
        name=f"Certificate {namespace}/{certificate}",
        ready=_ready(samples),
        not_before=_moment(samples, _BEGINS),
        not_after=_moment(samples, *_ENDS),
        renewal_at=_moment(samples, _RENEWAL),
    )


def _without(page: str) -> str:
    if "certmanager_" in page:
        return "shows cert-manager's metrics, but of no Certificate at all: there is none in its cluster"
    return "shows no metrics of cert-manager; its controller has them on port 9402, at /metrics"


def _samples(lines: Iterable[str]) -> Iterator[Sample]:
    """Raises NotCertManagerError."""
    try:
        for family in text_string_to_metric_families("\n".join(lines) + "\n"):
            yield from family.samples
    except (ValueError, KeyError, IndexError) as error:
        raise NotCertManagerError("shows metrics that cannot be read") from error


def _identity(sample: Sample) -> tuple[str, str]:
    """Namespace and name. A Prometheus that was asked instead of cert-manager itself has renamed the namespace's label."""
    labels = sample.labels
    return labels.get("exported_namespace", labels.get("namespace", "")), labels.get("name", "")


def _ready(samples: Iterable[Sample]) -> bool | None:
    """The condition whose sample is 1; False wins where several series are left over from another issuer."""
    held = {sample.labels.get("condition") for sample in samples if sample.name == _READY and sample.value == 1}
    return False if "False" in held else True if held == {"True"} else None


def _moment(samples: Iterable[Sample], *names: str) -> datetime | None:
    """The latest of the named moments; None where there is none, or one that no date can be."""
    seconds = max((sample.value for sample in samples if sample.name in names), default=0.0)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _unknown(lines: list[str], namespace: str, certificate: str) -> str:
    """A sentence with the name that was probably meant: in this namespace, else this name in another one."""
    samples = _samples([line for line in lines if line.startswith(_ENDS[0])][:_MOST_NAMES])
    known = [_identity(sample) for sample in samples]
    elsewhere = next((space for space, name in known if name == certificate), None)
    near = nearest(certificate, [name for space, name in known if space == namespace])
    said = f"cert-manager knows no Certificate {namespace}/{certificate}"
    if elsewhere is not None:
        return f"{said}; there is {elsewhere}/{certificate}"
    return f"{said}; did you mean {namespace}/{near}?" if near else said
