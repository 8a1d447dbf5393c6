"""An identity as read for one run."""

import pytest

from probe.model.identity import FileFault, IdentityFacts, LoadedIdentity
from probe.model.secret import Secret


@pytest.mark.parametrize(
    ("certificate", "key", "fault", "usable"),
    [
        (b"certificate", b"key", None, True),
        (None, b"key", None, False),
        (b"certificate", None, None, False),
        (b"certificate", b"key", FileFault.KEY_MISMATCH, False),
    ],
)
def test_usable(
    certificate: bytes | None,
    key: bytes | None,
    fault: FileFault | None,
    usable: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Certificate and key are there, and nothing is wrong with the files."""
    facts = IdentityFacts(name="billing", certificate_path="tls.crt", key_path="tls.key", fault=fault)
    assert LoadedIdentity(facts=facts, certificate_pem=certificate, key_pem=key).usable is usable


def test_what_it_holds_is_not_shown() -> None:
    """Neither the key nor its password stands in a representation, which ends up in tracebacks."""
    facts = IdentityFacts(name="billing", certificate_path="tls.crt", key_path="tls.key")
    identity = LoadedIdentity(
        facts=facts, certificate_pem=b"crt", key_pem=b"hush-key", key_password=Secret("hush-word")
    )
    assert "hush" not in repr(identity)
