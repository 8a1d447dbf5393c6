"""What says which certificate an answer refuses, held to its contract: it ends soon, and quotes no secret."""

from collections.abc import Callable
from typing import Final

from probe.classify.disclosures import (
    asks_for_credentials,
    is_nginxs_own_page,
    quoted,
    said_by,
    shows_a_good_one,
)
from probe.classify.subjects import another, named_in_text, serial_in
from probe.classify.verdicts import LOOKED_AT, in_headers, in_text
from probe.model.answer import HttpAnswer
from tests.fuzz.growth import grows_as_its_input
from tests.fuzz.peer_targets import judge, seen
from tests.support.runs import make_certificate

BETWEEN: Final = "\x1f"
"""Around the part that is repeated."""
SECRET_HERE: Final = "\x1d"
_SECRET: Final = "sk_test_hush0123456789"
_HUSH: Final = "hush"
_SIZES: Final = (LOOKED_AT - 256, 4 * LOOKED_AT)
"""So that what stands behind the part is still looked at in a body, and more than is ever looked at there."""


def disclosed(data: bytes) -> None:
    """An HTTP answer, its status in two bytes before it and a part of it repeated: a verdict on a certificate or none, soon and without a secret."""
    status = 100 + int.from_bytes(data[:2], "big") % 500
    begin, part, end = (*data[2:].decode("latin-1").replace(SECRET_HERE, _SECRET).split(BETWEEN, 2), "", "")[:3]
    _read(_answer(status, begin + part + end))
    for size in _SIZES if part else ():
        grows = grows_as_its_input(lambda size: _read(_answer(status, begin + part * (size // len(part)) + end)), size)
        assert grows, "its time grows with more than the answer"


def _read(answer: HttpAnswer) -> None:
    """By everything that looks at what an answer says, and as a handshake's judgement tells it."""
    for names_ours in (True, False):
        said_by(answer, names_ours=names_ours)
    shows_a_good_one(in_headers(answer) + in_text(answer))
    for told in (asks_for_credentials(answer), quoted(answer)):
        assert len(told) < 200
    is_nginxs_own_page(answer)
    another(make_certificate(), answer)
    serial_in(answer)
    named_in_text(make_certificate(), answer)
    assert _HUSH not in repr(judge(seen(http=answer)))


def _answer(status: int, text: str) -> HttpAnswer:
    """Lines of headers up to an empty one, as an observation has them, and the body."""
    head, _, body = text.partition("\n\n")
    lines = (line.partition(":") for line in head.split("\n"))
    return HttpAnswer(
        status=status, headers={name.strip().lower(): value.strip() for name, _, value in lines}, body=body
    )


def written(status: int, text: str) -> bytes:
    """What `disclosed` reads."""
    return (status - 100).to_bytes(2, "big") + text.encode("latin-1")


def seeds() -> dict[Callable[[bytes], None], tuple[bytes, ...]]:
    """What servers write, and pages that would hold up a reader who tries them in many ways."""
    return {disclosed: tuple(written(status, text) for status, text in _SEEDS)}


_SEEDS: Final = (
    # nginx's own page, its variables in a page and in a header, haproxy's number, Apache's and Envoy's words, a billing service's JSON
    (400, "server: nginx\n\n<html><center>No required SSL certificate was sent</center><hr><center>nginx</center>"),
    (400, "server: nginx\n\n<center>The SSL certificate error</center>"),
    (403, "x-ssl-client-verify: FAILED:certificate has expired\nssl-client-s-dn: CN=d200,O=Billing\nx: \x1d\n\nno"),
    (403, "\n\nssl_client_verify=FAILED:unable to verify the first certificate s_dn=CN=d200 serial: 0A:C2 \x1d"),
    (403, "\n\nssl_c_verify=10 ssl_c_s_dn=/C=DE/CN=d200"),
    (403, "server: Apache\n\nSSL_CLIENT_VERIFY=FAILED:certificate revoked<br>SSL_CLIENT_S_DN=CN=d200"),
    (503, "server: envoy\n\nupstream connect error, reset reason: TLS_error:|268435581:SSL routines:CERTIFICATE_VERIFY_FAILED"),
    (401, 'www-authenticate: Bearer realm="\x1d"\n\n{"error": {"verify": "NONE", "message": "\x1d FAILED:no such delivery"}}'),
    (495, "a: b\n\n"),
    # many of one thing, before a verdict that none of it is
    (403, "\n\n\x1f<>\x1fdelivery FAILED:certificate revoked"),
    (403, "\n\n\x1f<p class=a></p> \x1fdelivery FAILED:crl has expired"),
    (403, "\n\n\x1f-\x1fdelivery FAILED:certificate revoked"),
    (403, "x-ssl-client-verify: x \x1fFAILED:crl has expired \x1f\n\nx"),
    (403, '\n\n\x1f{"verify": [\x1f'),
    (400, "\x1fssl-client-\x1fverify: FAILED:certificate has expired\n\n"),
    (403, 'ssl-client-s-dn: \x1f"a"+\x1f\n\n'),
)  # fmt: skip
