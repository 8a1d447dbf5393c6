"""A chain that leads nowhere, completed by what we know: only where names and signatures fit, up to what we trust."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from probe.lab.pki import Authority
from probe.model.clock import SystemClock
from probe.tls.completing import completing

NOW = SystemClock().now()


@dataclass(frozen=True, slots=True)
class Family:
    """A root, two generations of intermediates, and a leaf of the younger one."""

    root: bytes
    upper: bytes
    lower: bytes
    leaf: bytes
    impostor: bytes
    """Named as the lower one, with a key of its own."""


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def family() -> Family:
    """Made once."""
    root = Authority.root("root", now=NOW, lifetime=timedelta(days=30))
    upper = root.intermediate("upper")
    lower = upper.intermediate("lower")
    impostor = upper.intermediate("lower")
    made = (root, upper, lower)
    return Family(
        *(_der(a.issued.certificate) for a in made),
        _der(lower.issue("leaf").certificate),
        _der(impostor.issued.certificate),
    )


def _found(family: Family, presented: Sequence[str], known: Sequence[str], trusted: Sequence[str]) -> list[str]:
    names = {getattr(family, name): name for name in ("root", "upper", "lower", "leaf", "impostor")}
    chain, steps, ends = ([getattr(family, name) for name in part] for part in (presented, known, trusted))
    return [names[der] for der in completing(chain, trusted=ends, known=steps)]


@pytest.mark.parametrize(
    ("presented", "known", "completed"),
    [
        (["leaf"], ["upper", "lower"], ["lower", "upper"]),
        (["leaf", "lower"], ["upper", "lower"], ["upper"]),
        (["leaf", "upper", "lower"], ["upper"], []),
        (["leaf"], ["lower"], []),
        (["leaf"], ["upper"], []),
        (["leaf"], ["impostor", "upper"], []),
        (["leaf"], ["impostor", "lower", "upper", "root"], ["lower", "upper"]),
        ([], ["lower", "upper"], []),
    ],
)
def test_what_completes_a_chain(family: Family, presented: list[str], known: list[str], completed: list[str]) -> None:
    """Nearest to the leaf first; nothing where a step is missing, or the chain was complete."""
    assert _found(family, presented, known, ["root"]) == completed


def test_nothing_leads_to_trust_that_is_not_there(family: Family) -> None:
    """Knowing the intermediates is not trusting them."""
    assert _found(family, ["leaf"], ["lower", "upper"], []) == []


def test_bytes_that_are_no_certificate_are_passed_over(family: Family) -> None:
    """OpenSSL may read what `cryptography` does not."""
    assert completing([b"\x30"], trusted=[family.root], known=[family.lower]) == ()
    found = completing([family.leaf], trusted=[b"", family.upper, family.root], known=[b"x", family.lower])
    assert found == (family.lower,)


def test_what_our_trust_holds_need_not_be_sent(family: Family) -> None:
    """And an intermediate that is trusted without its root ends no chain, as OpenSSL has it without partial_chain."""
    assert _found(family, ["leaf"], ["lower"], ["upper", "root"]) == ["lower"]
    assert _found(family, ["leaf"], ["lower"], ["upper"]) == []
