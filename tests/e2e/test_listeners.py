"""Who reaches status page and API of a real `paypath run`: mutual TLS, a token, and nobody else; the metrics stay open beside them."""

import json
import pathlib
import re
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from probe.lab.pki import SERVER_AUTH
from tests.e2e.processes import PATIENCE_S, Lab, Running
from tests.servers.material import Material, write_pair

TOKEN = "0123456789abcdef-a-token"


def _listening(lab: Lab, directory: pathlib.Path, **listen: str) -> tuple[Running, str, str]:
    """A `paypath run` with two listeners on free ports; the process, and the URLs of page and metrics."""
    env = {"PAYPATH_LISTEN__METRICS": "127.0.0.1:0", "PAYPATH_LISTEN__ADMIN": "localhost:0", **listen}
    process = Running(["run", "--config", lab.config], cwd=directory, env=env)
    process.wait_for("metrics on http://", "err")
    match = re.search(r"status page on (https?://\S+)/ · metrics on (http://\S+)/metrics", process.output("err"))
    assert match is not None
    return process, match[1], match[2]


def _get(url: str, tls: ssl.SSLContext | None = None, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S, context=tls) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def by_certificate(lab: Lab, pki: Material, tmp_path: pathlib.Path) -> Iterator[tuple[str, str]]:
    """With mutual TLS."""
    pair = pki.server
    process, page, metrics = _listening(
        lab,
        tmp_path,
        PAYPATH_LISTEN__ADMIN_TLS__CERTIFICATE=str(pair.certificate),
        PAYPATH_LISTEN__ADMIN_TLS__PRIVATE_KEY=str(pair.private_key),
        PAYPATH_LISTEN__ADMIN_TLS__CLIENT_CA=str(pki.trust),
    )
    yield page.replace("127.0.0.1", "localhost"), metrics
    assert process.stop().status == 0


def test_only_who_holds_a_certificate_gets_in(by_certificate: tuple[str, str], pki: Material) -> None:
    """With it the status is there, without it the handshake fails; metrics need nothing."""
    page, metrics = by_certificate
    trusting = ssl.create_default_context(cafile=pki.trust)
    with pytest.raises((ssl.SSLError, OSError)):
        _get(f"{page}/api/v1/status", trusting)
    good = pki.clients["good"]
    trusting.load_cert_chain(good.certificate, good.private_key)
    status, text = _get(f"{page}/api/v1/status", trusting)
    assert status == 200
    assert json.loads(text)["schema"] == "paypath.status/1"
    assert _get(f"{metrics}/healthz")[0] == 200
    assert _get(f"{metrics}/api/v1/status")[0] == 404


def test_a_renewed_certificate_is_shown_without_a_restart(lab: Lab, pki: Material, tmp_path: pathlib.Path) -> None:
    """To who connects from then on; a pair that does not fit is refused. It is among the certificates whose end is watched."""
    served = {}
    pair = write_pair(tmp_path, "page", pki.issuing.issue("localhost", san=["localhost"], usages=[SERVER_AUTH]))
    process, page, _ = _listening(
        lab,
        tmp_path,
        PAYPATH_LISTEN__ADMIN_TLS__CERTIFICATE=str(pair.certificate),
        PAYPATH_LISTEN__ADMIN_TLS__PRIVATE_KEY=str(pair.private_key),
        PAYPATH_LISTEN__ADMIN_TOKEN=TOKEN,
    )
    port = int(page.rpartition(":")[2])
    trusting = ssl.create_default_context(cafile=pki.trust)
    told = {"Authorization": f"Bearer {TOKEN}"}
    for name in ("before", "after"):
        served[name] = ssl.get_server_certificate(("localhost", port))
        status, text = _get(f"https://localhost:{port}/api/v1/certificates", trusting, **told)
        assert status == 200
        assert str(pair.certificate) in [each["source"].get("path") for each in json.loads(text)["certificates"]]
        if name == "before":
            write_pair(tmp_path, "page", pki.issuing.issue("localhost", san=["localhost"], usages=[SERVER_AUTH]))
            while ssl.get_server_certificate(("localhost", port)) == served["before"]:
                time.sleep(
                    0.05
                )  # each look is a handshake, and nothing else tells of a change that came before the watch
    assert served["before"] != served["after"]
    pair.private_key.write_bytes(pki.server.private_key.read_bytes())
    process.wait_for(
        "refused, and the one before goes on: PAYPATH_LISTEN__ADMIN_TLS__CERTIFICATE: `certificate`", "err"
    )
    assert ssl.get_server_certificate(("localhost", port)) == served["after"]
    assert process.stop().status == 0


def test_no_tls_older_than_1_2(by_certificate: tuple[str, str], pki: Material) -> None:
    """A client with the right certificate, which would speak an older one, gets no connection; newer ones get it."""
    page, good = by_certificate[0].removeprefix("https://"), pki.clients["good"]
    for version, agreed in (("-tls1", "(NONE)"), ("-tls1_1", "(NONE)"), ("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
        spoken = subprocess.run(
            ["openssl", "s_client", "-connect", page, version, "-cipher", "ALL:@SECLEVEL=0", "-CAfile", pki.trust,
             "-cert", good.certificate, "-key", good.private_key],
            input=b"", capture_output=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert f"New, {agreed}, Cipher is " in spoken.stdout.decode(), (version, spoken.stderr)


def test_a_token_is_asked_for_and_stays_secret(lab: Lab, tmp_path: pathlib.Path) -> None:
    """From a file; it is in no output, also where it was given wrongly."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    process, page, _ = _listening(lab, tmp_path, PAYPATH_LISTEN__ADMIN_TOKEN_FILE=str(file))
    assert _get(f"{page}/")[0] == 401
    assert _get(f"{page}/", Authorization=f"Bearer {TOKEN}x")[0] == 401
    status, html = _get(f"{page}/", Authorization=f"Bearer {TOKEN}")
    assert status == 200
    done = process.stop()
    assert done.status == 0
    assert TOKEN not in html + done.out + done.err


def test_a_page_that_everybody_could_read_is_refused(lab: Lab, tmp_path: pathlib.Path) -> None:
    """Before anything listens, with the way to mend it."""
    process = Running(["run", "--config", lab.config], cwd=tmp_path, env={"PAYPATH_LISTEN__ADMIN": "0.0.0.0:0"})
    done = process.ended()
    assert done.status == 2
    assert "PAYPATH_LISTEN__ADMIN: `admin` must stay on the loopback" in done.err


def test_files_of_tls_that_do_not_fit_are_named(lab: Lab, pki: Material, tmp_path: pathlib.Path) -> None:
    """Certificate and key of two pairs."""
    env = {
        "PAYPATH_LISTEN__METRICS": "127.0.0.1:0",
        "PAYPATH_LISTEN__ADMIN": "127.0.0.1:0",
        "PAYPATH_LISTEN__ADMIN_TLS__CERTIFICATE": str(pki.server.certificate),
        "PAYPATH_LISTEN__ADMIN_TLS__PRIVATE_KEY": str(pki.clients["good"].private_key),
    }
    done = Running(["run", "--config", lab.config], cwd=tmp_path, env=env).ended()
    assert done.status == 2
    assert str(pki.server.certificate) in done.err
    assert "Traceback" not in done.err
