"""Certificates on disk: one pair at a time, never half of one, readable by their owner alone."""

import pathlib
import ssl
import stat
from datetime import timedelta

import pytest
from cryptography import x509

from probe.lab.material import Material
from probe.model.clock import SystemClock

NOW = SystemClock().now().replace(microsecond=0)
FAULTS = ("client-cert-expired", "client-cert-not-yet-valid", "client-cert-unknown-ca", "client-cert-revoked")


@pytest.fixture
def material(tmp_path: pathlib.Path) -> Material:
    """Freshly made."""
    return Material(tmp_path, now=NOW)


def leaf(material: Material) -> x509.Certificate:
    """The identity's certificate as it is on disk now."""
    return x509.load_pem_x509_certificates(material.certificate.read_bytes())[0]


def fits(directory: pathlib.Path) -> bool:
    """Whether certificate and key belong to each other: OpenSSL refuses a mixed pair."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_cert_chain(directory / "tls.crt", directory / "tls.key")
    return True


def test_the_identity_changes_as_one_pair(material: Material) -> None:
    """One rename swaps both files; who looked into the directory before it still reads the pair that was there."""
    identity = material.certificate.parent
    serials = {leaf(material).serial_number}
    for fault in (*FAULTS, None, *FAULTS):
        opened = (identity / "..data").resolve()
        material.use_identity(fault)
        assert (identity / "..data").resolve() != opened
        assert fits(opened)
        assert fits(identity)
        serials.add(leaf(material).serial_number)
    assert len(serials) == 5
    assert len([d for d in identity.iterdir() if d.is_dir() and not d.is_symlink()]) == 2, "old pairs pile up"


def test_back_to_health_is_the_same_certificate(material: Material) -> None:
    """A fault's end brings back what was there before."""
    before = material.certificate.read_bytes(), material.key.read_bytes()
    material.use_identity("client-cert-expired")
    assert material.certificate.read_bytes() != before[0]
    material.use_identity(None)
    assert (material.certificate.read_bytes(), material.key.read_bytes()) == before


def test_a_swap_that_fails_leaves_the_old_pair(material: Material) -> None:
    """Something is in the way: OSError, and the pair from before is still whole; the next try works."""
    before = leaf(material)
    identity = material.certificate.parent
    (identity / "..2").write_text("in the way")
    with pytest.raises(OSError, match="exists"):
        material.use_identity("client-cert-expired")
    assert fits(identity)
    assert leaf(material) == before
    (identity / "..2").unlink()
    (identity / "..data_tmp").symlink_to("left behind")
    material.use_identity("client-cert-expired")
    assert leaf(material) != before


def test_what_is_wrong_with_each(material: Material) -> None:
    """Expired a moment ago, valid only later, from somebody else: and nothing else is wrong with them."""
    good = leaf(material)
    assert good.not_valid_before_utc < NOW < good.not_valid_after_utc
    material.use_identity("client-cert-expired")
    assert 0 < (NOW - leaf(material).not_valid_after_utc).total_seconds() <= 300
    material.use_identity("client-cert-not-yet-valid")
    assert (leaf(material).not_valid_before_utc - NOW).days >= 7, "a lab that runs for days would make it valid"
    material.use_identity("client-cert-unknown-ca")
    assert leaf(material).issuer != good.issuer
    material.use_identity("client-cert-revoked")
    assert (leaf(material).issuer, leaf(material).not_valid_after_utc) == (good.issuer, good.not_valid_after_utc)
    assert leaf(material).serial_number != good.serial_number


def test_modes(material: Material, tmp_path: pathlib.Path) -> None:
    """Keys 0600 in directories 0700, and the only key below the directory is the identity's."""
    for fault in (None, *FAULTS):
        material.use_identity(fault)
        assert stat.S_IMODE(material.key.stat().st_mode) == 0o600
        assert stat.S_IMODE(material.key.resolve().parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(material.key.parent.stat().st_mode) == 0o700
    material.server_context("server-cert-expired")
    keys = {f.name for f in tmp_path.rglob("*") if f.is_file() and b"PRIVATE KEY" in f.read_bytes()}
    assert keys == {"tls.key"}


def test_made_anew(tmp_path: pathlib.Path) -> None:
    """A second lab in the same directory has its own CA and identity, whatever the first one was switched to."""
    first = Material(tmp_path, now=NOW)
    first.use_identity("client-cert-expired")
    old = leaf(first), first.trust.read_bytes()
    (tmp_path / "identity" / "notes.txt").write_text("mine")
    second = Material(tmp_path, now=NOW)
    assert fits(tmp_path / "identity")
    assert leaf(second) != old[0]
    assert second.trust.read_bytes() != old[1]
    assert (tmp_path / "identity" / "notes.txt").read_text() == "mine"


def test_the_connectors_side(material: Material) -> None:
    """A client certificate is required and checked against a CRL; TLS 1.2 and 1.3 are spoken."""
    context = material.server_context(None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.verify_flags & ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    assert context.cert_store_stats() == {"x509": 2, "crl": 2, "x509_ca": 2}
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_another_certificate_takes_the_place_of_the_identity(tmp_path: pathlib.Path) -> None:
    """Issued for a drill: of the same name, with the dates that were asked for, and in place as one pair."""
    now = SystemClock().now().replace(microsecond=0)
    material = Material(tmp_path, now=now)
    issued = material.issue(not_before=now - timedelta(minutes=5), not_after=now + timedelta(seconds=4))
    before = material.certificate.read_bytes()
    material.put(issued)
    assert material.certificate.read_bytes() == issued.certificate_pem != before
    assert material.key.read_bytes() == issued.key_pem
    assert issued.certificate.not_valid_after_utc == now + timedelta(seconds=4)
