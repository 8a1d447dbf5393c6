"""Causes that are easily mistaken for others, as the on-call engineer is told them."""

import pathlib

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from tests.e2e.test_diagnose import screen
from tests.servers.command import paypath_json
from tests.servers.material import Material
from tests.support.connect_proxy import proxying

CLOSED = "127.0.0.1:1"
"""Nothing listens there: what is wrong with our own files is said all the same."""


def _files(directory: pathlib.Path, certificate: bytes, pki: Material) -> list[str | pathlib.Path]:
    file = directory / "tls.crt"
    file.write_bytes(certificate)
    return [CLOSED, "--cert", file, "--key", pki.clients["good"].private_key, "--ca", pki.trust]


def test_a_file_in_the_wrong_order(pki: Material, tmp_path: pathlib.Path) -> None:
    """The intermediate stands before the leaf: verdict, certificate and steps say so, and nothing of two issues."""
    good = pki.clients["good"].issued
    words = _files(tmp_path, pki.issuing.certificate_pem + good.certificate_pem, pki)
    status, result = paypath_json("diagnose", *words)
    failure = result["failure"]
    assert (status, failure["reason"]) == (1, "tls.client_key.mismatch")
    assert "fits certificate 2 of " in failure["summary"]
    assert failure["certificate"]["subject"] == "CN=good client"
    text = screen(*words)
    assert "different issues" not in text
    assert "move that one to the front" in text


def test_a_good_leaf_before_a_torn_intermediate(pki: Material, tmp_path: pathlib.Path) -> None:
    """It is the second certificate that is cut off."""
    pem = pki.clients["good"].issued.certificate_pem
    status, result = paypath_json("diagnose", *_files(tmp_path, pem[: len(pem) - 60], pki))
    assert (status, result["failure"]["reason"]) == (1, "tls.client_cert.file_malformed")
    assert "cannot be used: certificate 2 is cut off" in result["failure"]["summary"]


def test_pkcs12_as_certificate(pki: Material, tmp_path: pathlib.Path) -> None:
    """It is called by its name, with the command that makes PEM of it."""
    good = pki.clients["good"].issued
    bundle = pkcs12.serialize_key_and_certificates(
        b"x", good.key, good.certificate, None, BestAvailableEncryption(b"x")
    )
    status, result = paypath_json("diagnose", *_files(tmp_path, bundle, pki))
    assert (status, result["failure"]["reason"]) == (1, "tls.client_cert.file_malformed")
    assert "the file is PKCS#12 (.p12, .pfx); PEM is needed: openssl pkcs12 -in" in result["failure"]["summary"]


@pytest.mark.parametrize("how", [{"answer": b""}, {"resets": True}], ids=["closes", "resets"])
def test_a_proxy_that_hangs_up_on_connect(pki: Material, how: dict[str, object]) -> None:
    """Our CONNECT had been sent, so it is no reset before anything was."""
    with proxying(**how) as proxy:
        status, result = paypath_json("diagnose", "localhost:1", "--proxy", proxy.url, "--ca", pki.trust)
    failure = result["failure"]
    assert (status, failure["reason"], failure["proxy"]) == (1, "connector.proxy_hung_up", f"localhost:{proxy.port}")
    assert "instead of answering our CONNECT" in failure["summary"]
