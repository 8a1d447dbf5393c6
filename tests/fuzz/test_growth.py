"""Time grows as the input does: eight times the bytes take some eight times as long, and never the square of it."""

from collections.abc import Callable

import pytest

from probe.certificates.parse import MalformedPemError, certificates_from_pem
from probe.checks.tenant import misdirected
from probe.model.answer import HttpAnswer
from probe.model.network import Ended
from probe.model.path import OwnApi
from probe.model.scenario import HttpAction
from probe.redact.text import Redactor
from probe.transport.answer import AnswerParser, NotHttpError
from tests.fuzz.growth import grows_as_its_input
from tests.fuzz.own_targets import FILE
from tests.fuzz.peer_targets import judge, seen

HOSTILE = {
    "spaces": "authorization:bearer" + " ",
    "digits": "1",
    "groups of digits": "4242 ",
    "escaped digits": "%31",
    "begins of keys": "-----BEGIN PRIVATE KEY-----",
    "bearers": "bearer ",
    "a long bearer": "a",
    "intents": "pi_",
    "client secrets": "pi_a_secret",
    "addresses": "://",
    "users": "://a@",
    "quotes": 'authorization"=',
    "bearer%20": "bearer%20",
    "backslashes": "\\",
}


@pytest.mark.parametrize("part", HOSTILE.values(), ids=HOSTILE)
def test_redacting(part: str) -> None:
    """No text of a peer's holds up the run in the redactor."""
    _grows(lambda size: Redactor().text("bearer " + part * (size // len(part)) + "!"), 200_000)


@pytest.mark.parametrize("part", [']"', "a", "a ", "name=", "\r\n\r\n", "tenant=acme&"])
def test_looking_for_other_tenants(part: str) -> None:
    """In the body of a request to the company's own API, which may hold what a peer said before."""
    api = OwnApi(canary_tenant="acme", proof={"mode": "test"})
    _grows(
        lambda size: misdirected(
            HttpAction(method="POST", path="/v1/charges?tenant=acme", body=part * (size // len(part))), api
        ),
        30_000,
    )


@pytest.mark.parametrize("header", ["ssl", "client-", "x-ssl-client-verify", "tls.verif"])
def test_judging_a_long_header(header: str) -> None:
    """A name of many thousand characters."""
    _grows(
        lambda size: judge(
            seen(
                http=HttpAnswer(status=400, headers={header * (size // len(header)): "x" * size}), ended=Ended.COMPLETED
            )
        ),
        30_000,
    )


@pytest.mark.parametrize("header", ["x-ssl-client-verify", "x-ssl-client-s-dn", "x-ssl-client-serial"])
@pytest.mark.parametrize("part", ["verify=FAILED:", "verify=FAILED:a ", "verify=10 ", "CN=a+", "7"])
@pytest.mark.parametrize("status", [400, 503])
def test_judging_a_header_full_of_verdicts(header: str, part: str, status: int) -> None:
    """What stands around each is read of the first few alone: such a header has held up a probe, and all the others, for half a minute."""

    def look(size: int) -> None:
        answer = HttpAnswer(status=status, headers={header: part * (size // len(part))})
        judge(seen(http=answer, ended=Ended.COMPLETED))

    _grows(look, 32_000)


@pytest.mark.parametrize(
    "part",
    [
        "verify=FAILED:",
        "x\nverify=FAILED:aaa ",
        "verify=",
        "FAILED:",
        "FAILED:a ",
        "verify = ",
        "s_dn=CN=",
        "s_dn: ",
        "serial:",
        "<",
        '{"error":',
        "No required SSL ",
    ],
)
def test_judging_a_long_body(part: str) -> None:
    """A page full of what looks like a disclosure."""
    _grows(lambda size: judge(seen(http=HttpAnswer(status=400, body=part * (size // len(part))))), 64_000)


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\na: ", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\na: "],
    ids=["head", "trailer"],
)
def test_a_drip_of_single_bytes(head: bytes) -> None:
    """Each byte is looked at a few times, and not each time that another comes."""

    def dripped(size: int) -> None:
        parser = AnswerParser()
        parser.feed(head)
        try:
            for _ in range(size):
                parser.feed(b"x")
        except NotHttpError:
            pytest.fail("the test drips more than there is room for")

    _grows(dripped, 30_000)


@pytest.mark.parametrize(
    "part",
    [
        b"-----BEGIN CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n",
        b"-----BEGIN X509 CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        b"-----BEGIN ",
        b"\n",
    ],
)
def test_reading_pem(part: bytes) -> None:
    """A file of nothing but beginnings."""

    def read(size: int) -> None:
        with pytest.raises(MalformedPemError):
            certificates_from_pem(part * (size // len(part)), source=FILE)

    _grows(read, 1_000_000)


def _grows(work: Callable[[int], object], size: int) -> None:
    assert grows_as_its_input(work, size)
