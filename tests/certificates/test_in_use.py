"""What the running service is seen to hold, by each of the ways to look, and what is said where it cannot be seen."""

import asyncio
import json
import pathlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from probe.certificates.in_use import look
from probe.lab.pki import SERVER_AUTH, Authority
from probe.model.certificate import Source, SourceKind
from probe.model.clock import FakeClock
from probe.model.path import InUse, InUseKind
from probe.model.watch import InUseFound
from probe.settings.load import load_settings
from tests.classify.seen import certificate
from tests.support.pages import serving

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CURRENT = certificate(sha256="c" * 64, serial="c0ffee", not_after=NOW + timedelta(days=80))
BEFORE = certificate(sha256="b" * 64, serial="b0b", not_after=NOW + timedelta(days=9))
SECRET = "token-of-the-page"


async def looked(in_use: InUse, limit_s: float = 10.0) -> InUseFound:
    """Look once, knowing the file's certificate and the one before it."""
    return await look(in_use, clock=FakeClock(NOW), limit_s=limit_s, known=(CURRENT, BEFORE))


async def asked(
    kind: InUseKind,
    *,
    status: int = 200,
    text: str = "",
    sent: Mapping[str, str] | None = None,
    header: str | None = None,
    metric: str | None = None,
    path: str = "/page",
) -> InUseFound:
    """Look at a page that answers like this."""

    async def answer(request: web.Request) -> web.Response:
        text_there = text if request.path in {path, "/certs"} else "elsewhere"
        return web.Response(status=status, text=text_there, headers=dict(sent or {}))

    async with serving(answer) as url:
        where = "" if path == "/" else f"{path}?token={SECRET}"
        found = await looked(InUse(kind=kind, url=f"{url}{where}", header=header, metric=metric))
        assert found.source == Source(SourceKind.WIRE, url.removeprefix("http://"))
        assert SECRET not in repr(found)
        return found


async def test_a_header() -> None:
    """Of any answer, also of a 404: the old certificate is recognised, with its dates."""
    found = await asked(InUseKind.HTTP_HEADER, status=404, header="X-Client-Cert", sent={"x-client-cert": "B" * 64})
    assert (found.certificate, found.not_after, found.subject, found.at) == (
        BEFORE,
        BEFORE.not_after,
        BEFORE.subject,
        NOW,
    )
    found = await asked(InUseKind.HTTP_HEADER, header="X-Serial", sent={"X-Serial": "C0FFEE"})
    assert (found.certificate, found.sha256, found.error) == (CURRENT, CURRENT.sha256, None)
    found = await asked(InUseKind.HTTP_HEADER, header="X-Cert", sent={"X-Cert": "d" * 64})
    assert (found.sha256, found.certificate, found.not_after, found.error) == ("d" * 64, None, None, None)


async def test_no_such_header() -> None:
    """What was missing, and where; a header that is something else is not repeated: it may be a secret."""
    found = await asked(InUseKind.HTTP_HEADER, status=503, header="X-Cert")
    assert str(found.error).endswith("/page answered with HTTP 503 and without the header X-Cert")
    found = await asked(InUseKind.HTTP_HEADER, header="X-Cert", sent={"X-Cert": f"Bearer {SECRET}"})
    assert str(found.error).endswith("is neither a sha256 fingerprint nor a serial number")


async def test_a_metric_with_the_end() -> None:
    """Unix seconds; the series that ends first counts, and one that ends with a certificate of ours is it."""
    page = f'cert_end{{pod="a"}} {CURRENT.not_after.timestamp()}\ncert_end{{pod="b"}} {BEFORE.not_after.timestamp()}\n'
    found = await asked(InUseKind.METRIC, text=page, metric="cert_end")
    assert (found.certificate, found.not_after) == (BEFORE, BEFORE.not_after)
    found = await asked(InUseKind.METRIC, text=page, metric='cert_end{pod="a"}')
    assert found.certificate == CURRENT
    found = await asked(InUseKind.METRIC, text="cert_end 1.7e9", metric="cert_end")
    assert (found.certificate, found.not_after) == (None, datetime.fromtimestamp(1_700_000_000, UTC))


async def test_a_metric_with_labels() -> None:
    """The value is 1, or the end; 0 stands for a certificate that is no longer in use."""
    page = f'cert{{serial="c0ffee"}} 1\ncert{{sha256="{"b" * 64}"}} 0\n'
    assert (await asked(InUseKind.METRIC, text=page, metric="cert")).certificate == CURRENT
    page = 'cert{serial="abc"} 1.7e9\n'
    found = await asked(InUseKind.METRIC, text=page, metric="cert")
    assert (found.serial, found.not_after) == ("abc", datetime.fromtimestamp(1_700_000_000, UTC))
    found = await asked(InUseKind.METRIC, text='cert{serial="abc"} 0', metric="cert")
    assert str(found.error).endswith("shows no certificate")


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("other 1", "has no series cert_end"),
        ("cert_end 86400", "cert_end is 86400: no notAfter in unix seconds"),
        ("cert_end 1.7e12", "cert_end is 1.7e+12: no notAfter in unix seconds"),
        ("cert_end NaN", "cert_end is nan: no notAfter"),
        ("cert_end +Inf", "cert_end is inf: no notAfter"),
        ('cert_end{serial="none"} 1', "neither a sha256 fingerprint nor a serial"),
    ],
)
async def test_another_metric(page: str, said: str) -> None:
    """Seconds that are left, milliseconds, and what is no number are not taken for a date."""
    found = await asked(InUseKind.METRIC, text=page, metric="cert_end")
    assert said in str(found.error)


async def test_envoys_page() -> None:
    """Where no page is named it is `/certs`; what else is there is not ours."""
    leaf = {"path": "<inline>", "valid_from": "2026-01-01T00:00:00Z", "expiration_time": BEFORE.not_after.isoformat()}
    chains = [{"cert_chain": [leaf | {"serial_number": serial}]} for serial in ("0b0b", "0fff")]
    page = json.dumps({"certificates": chains})
    assert (await asked(InUseKind.ENVOY_ADMIN, text=page, path="/")).certificate == BEFORE
    found = await asked(InUseKind.ENVOY_ADMIN, text="stats", path="/stats")
    assert str(found.error) == "its answer is not the JSON of Envoy's /certs"


async def test_the_file_as_envoy_names_it(tmp_path: pathlib.Path) -> None:
    """Of several certificates that nobody knows, the one of `in_use.file`; else the one of the identity's file."""
    dates = {"valid_from": "2026-01-01T00:00:00Z", "expiration_time": "2026-12-31T00:00:00Z"}
    leaves = [
        {"path": path, "serial_number": serial, **dates} for path, serial in (("/a", "0a"), (str(tmp_path), "0b"))
    ]
    page = json.dumps({"certificates": [{"cert_chain": leaves}]})

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=page)

    async with serving(answer) as url:
        for file, serial in ((None, "b"), (pathlib.Path("/a"), "a")):
            in_use = InUse(kind=InUseKind.ENVOY_ADMIN, url=url, file=file)
            found = await look(in_use, clock=FakeClock(NOW), limit_s=10, certificate=tmp_path)
            assert (found.serial, found.error) == (serial, None)


def test_the_examples_of_the_documentation_are_right(tmp_path: pathlib.Path) -> None:
    """One for each kind, and each is a configuration."""
    text = (pathlib.Path(__file__).parents[2] / "docs" / "certificates.md").read_text(encoding="utf-8")
    kinds = []
    for example in re.findall(r"(?m)^in_use: (\{.*\})$", text):
        file = tmp_path / "paypath.yaml"
        file.write_text(f"identities: {{billing: {{certificate: tls.crt, in_use: {example}}}}}\n", encoding="utf-8")
        (identity,) = load_settings(file, {}).identities
        assert identity.in_use is not None
        kinds.append(identity.in_use.kind)
    assert kinds == list(InUseKind)


async def test_a_page_that_is_not_there() -> None:
    """A status other than 200; nobody who listens; an address that leads elsewhere; one that never answers."""
    found = await asked(InUseKind.METRIC, status=500, metric="m")
    assert str(found.error).endswith("/page answered with HTTP 500")
    found = await asked(InUseKind.METRIC, status=302, metric="m", sent={"Location": "/other"})
    assert "leads elsewhere" in str(found.error)
    found = await looked(InUse(kind=InUseKind.ENVOY_ADMIN, url="http://127.0.0.1:1"))
    assert "cannot be reached" in str(found.error)

    async def never(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with serving(never) as url:
        found = await looked(InUse(kind=InUseKind.METRIC, url=url, metric="m"), limit_s=0.05)
    assert "gave no whole answer within 0.05 s" in str(found.error)


async def test_a_page_over_tls_must_be_trusted() -> None:
    """By the system's store: whoever stands in the way could call any certificate the one in use."""
    server = Authority.root("nobody's", now=NOW).issue("localhost", san=("127.0.0.1",), usages=(SERVER_AUTH,))

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(headers={"X-Cert": "c" * 64})

    async with serving(answer, server) as url:
        found = await looked(InUse(kind=InUseKind.HTTP_HEADER, url=url, header="X-Cert"))
    assert "cannot be verified" in str(found.error)


async def test_a_file(tmp_path: pathlib.Path) -> None:
    """With a fingerprint, or with the certificate itself."""
    file = tmp_path / "in-use"
    in_use = InUse(kind=InUseKind.FILE_SHA256, file=file)
    file.write_text(f"{'b' * 64}\n", encoding="utf-8")
    found = await looked(in_use)
    assert (found.certificate, found.source) == (BEFORE, Source(SourceKind.FILE, str(file)))
    issued = Authority.root("a root", now=NOW).issue("billing")
    file.write_bytes(issued.certificate_pem)
    found = await looked(in_use)
    assert (found.serial, found.not_after) == (
        f"{issued.certificate.serial_number:x}",
        issued.certificate.not_valid_after_utc,
    )


async def test_a_file_that_tells_nothing(tmp_path: pathlib.Path) -> None:
    """Missing, a directory, something else, a certificate that is cut off."""
    in_use = InUse(kind=InUseKind.FILE_SHA256, file=tmp_path / "in-use")
    assert str((await looked(in_use)).error).endswith("in-use cannot be read: No such file or directory")
    (tmp_path / "in-use").write_text("starting", encoding="utf-8")
    assert "holds no sha256 fingerprint" in str((await looked(in_use)).error)
    (tmp_path / "in-use").write_text("-----BEGIN CERTIFICATE-----\nMII", encoding="utf-8")
    assert "cut off" in str((await looked(in_use)).error)
    found = await looked(InUse(kind=InUseKind.FILE_SHA256, file=tmp_path))
    assert "Is a directory" in str(found.error)
