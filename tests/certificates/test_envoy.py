"""Envoy's `/certs`: of all the certificates that it holds, those that could be ours."""

import json
import pathlib
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from probe.certificates.envoy import INLINE, CertsPageError, ours
from tests.classify.seen import certificate

FILE = pathlib.Path("/etc/billing/tls/tls.crt")
ENDS = datetime(2026, 12, 31, tzinfo=UTC)
NOW_OURS = certificate(serial="b0b", san=("billing.example", "spiffe://a/billing"), not_after=ENDS)
BEFORE = certificate(serial="a1d", san=("billing.example", "spiffe://a/billing"), not_after=ENDS)
OUR_NAMES = ({"uri": "spiffe://a/billing"}, {"dns": "billing.example"})


def listed(path: str, serial: str, *names: Mapping[str, str], cas: int = 1) -> dict[str, object]:
    """One entry as Envoy 1.40 writes it."""
    leaf = {
        "path": path,
        "serial_number": serial,
        "subject_alt_names": list(names),
        "days_until_expiration": "90",
        "valid_from": "2026-01-01T00:00:00Z",
        "expiration_time": "2026-12-31T00:00:00Z",
    }
    return {"ca_cert": [{**leaf, "serial_number": "ca"}] * cas, "cert_chain": [leaf] if serial else []}


def found(*entries: dict[str, object]) -> list[str | None]:
    """The serials that could be ours."""
    body = json.dumps({"certificates": entries}).encode()
    return [one.serial for one in ours(body, file=FILE, known=(NOW_OURS, BEFORE))]


def test_ours_by_file() -> None:
    """Whatever it holds: an issue that nobody has seen yet, too. Neither a CA nor another file's is ours."""
    page = (listed("/etc/envoy/server.pem", "0c0c"), listed(str(FILE), "0d0d"), listed("", "", cas=2))
    assert found(*page) == ["d0d"]


def test_ours_by_serial_and_by_names() -> None:
    """Over SDS there is no file: what has our SANs is ours too, in whatever order they come."""
    other = listed(INLINE, "0c0c", {"dns": "other"})
    assert found(other, listed(INLINE, "0b0b")) == ["b0b"]
    assert found(other, listed(INLINE, "0e0e", *OUR_NAMES)) == ["e0e"]
    assert found(listed(INLINE, "0b0b"), listed(INLINE, "0e0e", *OUR_NAMES)) == ["b0b", "e0e"]


def test_another_file_with_our_names_counts_only_where_nothing_else_does() -> None:
    """A server certificate may have the SANs of the client's, and is renewed at another time."""
    server = listed("/etc/envoy/server.pem", "0e0e", *OUR_NAMES)
    assert found(server, listed(str(FILE), "0b0b")) == ["b0b"]
    assert found(server, listed("/etc/envoy/other.pem", "0c0c")) == ["e0e"]


def test_the_only_one_is_ours() -> None:
    """Also listed twice: once for each cluster that uses it."""
    assert found(listed(INLINE, "0c0c"), listed(INLINE, "0c0c")) == ["c0c", "c0c"]


def test_the_dates_are_envoys() -> None:
    """For a certificate that is not known, they are all that is known of its end."""
    body = json.dumps({"certificates": [listed(INLINE, "0c0c")]}).encode()
    (only,) = ours(body, file=FILE, known=())
    assert (only.not_before, only.not_after) == (datetime(2026, 1, 1, tzinfo=UTC), ENDS)


def test_none_is_ours() -> None:
    """The message says what was looked for, and how to say which one it is."""
    with pytest.raises(CertsPageError, match=rf"none of the 2 .*{FILE}.*in_use\.file"):
        found(listed(INLINE, "0c0c"), listed(INLINE, "0d0d"))
    with pytest.raises(CertsPageError, match="lists no certificate that it presents"):
        found(listed("", ""))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[" * 200_000,
        b"[]",
        b'{"certificates": 1}',
        b'{"certificates": [{"cert_chain": [{}]}]}',
        b'{"certificates": [{"cert_chain": [{"path": "", "serial_number": "x"}]}]}',
        json.dumps({"certificates": [listed("", "0c")]}).encode().replace(b"2026-12-31T00:00:00Z", b"tomorrow"),
        json.dumps({"certificates": [listed("", "0c")]}).encode().replace(b"00:00Z", b"00:00"),
        json.dumps({"certificates": [listed("", "0c")]})
        .encode()
        .replace(b"2026-12-31T00:00:00Z", b"0001-01-01T00:00:00+01:00"),
    ],
)
def test_another_page(body: bytes) -> None:
    """A page that is no such list is said to be none."""
    with pytest.raises(CertsPageError, match=r"not .*Envoy's /certs"):
        ours(body, file=FILE, known=())


def test_entries_of_another_shape_are_passed_over() -> None:
    """As a later Envoy may add them."""
    assert found({"cert_chain": "x"}, {"cert_chain": [1]}, listed(INLINE, "0c0c") | {"more": 1}) == ["c0c"]
