"""What the on-call engineer sees: one screen, of an endpoint or of a configured path, with a second look."""

import pathlib
import re
import shlex
from collections.abc import Callable
from datetime import timedelta

import jsonschema
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from probe.lab.pki import CLIENT_AUTH, SERVER_AUTH
from probe.report.schema import result_schema
from tests.e2e import configuration
from tests.e2e.processes import paypath
from tests.servers.command import paypath_json
from tests.servers.material import Material, write_pair
from tests.servers.ocsp import Answer, response
from tests.servers.process import Server
from tests.support.publishing import publishing

StartServer = Callable[..., Server]

BOTH = pytest.mark.parametrize("tls", ["1.2", "1.3"])
SCREEN = 40
"""Lines of a terminal that nobody has enlarged."""


def screen(*words: str | pathlib.Path, columns: int = 100) -> str:
    """`paypath diagnose` as text, in so many columns."""
    done = paypath("diagnose", *(str(word) for word in words), env={"COLUMNS": str(columns)})
    assert done.status == 1, done.err
    return done.out


def identity(pki: Material, client: str) -> list[str | pathlib.Path]:
    """The options that name a client."""
    pair = pki.clients[client]
    return ["--ca", pki.trust, "--cert", pair.certificate, "--key", pair.private_key]


@pytest.mark.server("nginx", "haproxy")
@BOTH
@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
@pytest.mark.parametrize("client", ["expired", "not-yet-valid", "unknown-ca", "revoked"])
def test_one_screen_with_commands_to_copy(
    request: pytest.FixtureRequest, pki: Material, tls: str, kind: str, client: str
) -> None:
    """The verdict first, no more than a screen, and no placeholder for what the run knows."""
    server = request.getfixturevalue(f"start_{kind}")(tls=tls, crl=True)
    text = screen(f"localhost:{server.port}", *identity(pki, client))
    assert text.startswith("FAILED 5023 · ")
    assert len(text.splitlines()) <= SCREEN, text
    assert re.findall(r"\bFILE\b|HOST:PORT|--ca CA\b|-key KEY\b", text) == []
    headings = ["probe → connector", "Presented by the peer", "Our identity", "What the peer said", "What else we saw"]
    places = [text.index(f"\n{heading}") for heading in [*headings, "What to do first"]]
    assert places == sorted(places)


@pytest.mark.server("nginx")
def test_the_command_that_tries_a_new_certificate(start_nginx: StartServer, pki: Material) -> None:
    """As it stands on the screen, with a pair in the place of the new one: nothing is configured, and it can tell all the same."""
    server, good = start_nginx(), pki.clients["good"]
    text = screen(f"localhost:{server.port}", *identity(pki, "expired"))
    (command,) = re.findall(r"`paypath (preflight --connector [^`]*)`", " ".join(text.split()))
    words = command.replace("NEW.crt", str(good.certificate)).replace("NEW.key", str(good.private_key))
    done = paypath(*shlex.split(words))
    assert (done.status, done.out.partition("\n")[0]) == (0, "READY to roll out"), done.out


@pytest.mark.server("openssl")
@BOTH
def test_everything_that_is_wrong_with_a_server(
    start_s_server: StartServer, pki: Material, tmp_path: pathlib.Path, tls: str
) -> None:
    """Four verify errors, a staple that says revoked, and the accepted CAs, under the verdict that one handshake gives."""
    day = timedelta(days=1)
    issuing = pki.root.intermediate("expired CA", not_before=pki.now - 9 * day, not_after=pki.now - day)
    dates = {"not_before": pki.now - 9 * day, "not_after": pki.now - 2 * day}
    leaf = issuing.issue("wrong", san=("other.internal",), usages=(CLIENT_AUTH,), **dates)
    file = tmp_path / "staple.der"
    file.write_bytes(response(leaf, issuing, pki.now, Answer(revoked_at=pki.now - day)))
    server = start_s_server(tls=tls, server=write_pair(tmp_path, "wrong", leaf), more=["-status_file", str(file)])
    words = (f"localhost:{server.port}", *identity(pki, "good"))

    status, result = paypath_json("diagnose", *words)
    jsonschema.validate(result, result_schema(), cls=jsonschema.Draft202012Validator)
    found = result["diagnostics"]
    assert status == 1
    assert result["failure"]["evidence"]["verify_code"] == 26
    assert [(e["depth"], e["code"]) for e in found["verify_errors"]] == [(0, 10), (0, 26), (0, 62), (1, 10)]
    assert found["acceptable_cas"] == ["CN=paypath test root"]
    assert found["leaf_sha256"] == result["peer_chain"][0]["sha256"]
    staple = found["ocsp_staple"]
    assert (staple["status"], staple["signature"], staple["revocation_reason"]) == (
        "revoked",
        "verified",
        "key_compromise",
    )

    without, bare = paypath_json("diagnose", *words, "--no-deep")
    assert (without, bare["diagnostics"]) == (1, None)
    assert bare["failure"]["reason"] == result["failure"]["reason"]
    assert len(screen(*words).splitlines()) <= SCREEN


@pytest.mark.server("nginx")
@BOTH
def test_a_staple_that_says_revoked_changes_no_verdict(
    start_nginx: StartServer, pki: Material, tmp_path: pathlib.Path, tls: str
) -> None:
    """What the billing service does not look at does not fail the path; it is told."""
    file = tmp_path / "staple.der"
    file.write_bytes(response(pki.server.issued, pki.issuing, pki.now, Answer(revoked_at=pki.now - timedelta(hours=1))))
    server = start_nginx(tls=tls, staple=file)
    status, result = paypath_json("diagnose", f"localhost:{server.port}", *identity(pki, "good"))
    assert (status, result["outcome"], result["warnings"]) == (0, "passed", [])
    assert result["diagnostics"]["ocsp_staple"]["status"] == "revoked"
    (remark,) = [r for r in result["diagnostics"]["remarks"] if "OCSP" in r["text"]]
    assert remark["mark"] == "bad"


@pytest.mark.server("nginx")
@pytest.mark.parametrize(
    ("body", "reason"), [("", None), (" 'client certificate required'", "tls.client_cert.missing")]
)
def test_who_shows_no_certificate_where_one_may_be_shown(
    start_nginx: StartServer, pki: Material, body: str, reason: str | None
) -> None:
    """Turned away by the usual `if`: a pass with a warning that says what was not sent, or a failure where the answer wants one."""
    answer = f"if ($ssl_client_verify != SUCCESS) {{ return 403{body}; }} return 200;"
    server = start_nginx(verify_client="optional", answer=answer)
    status, result = paypath_json("diagnose", f"localhost:{server.port}", "--ca", pki.trust)
    if reason is None:
        assert (status, [warning["reason"] for warning in result["warnings"]]) == (0, ["connector.http_4xx"])
        assert "asked for a client certificate in the handshake, and none was sent" in result["warnings"][0]["summary"]
    else:
        assert (status, result["failure"]["reason"], result["failure"]["confidence"]) == (1, reason, "inferred")


@pytest.mark.server("nginx")
def test_a_configured_path(start_nginx: StartServer, pki: Material, tmp_path: pathlib.Path) -> None:
    """Its identity, trust, health path and code table, its name, environment and location."""
    pair = pki.clients["expired"]
    server = start_nginx()
    connectors = {
        "billing": configuration.connector(server.port, trust=pki.trust, identity="old"),
        "refunds": configuration.connector(server.port, trust=pki.trust, identity="new"),
    }
    good = pki.clients["good"]
    file = configuration.write(
        tmp_path,
        connectors,
        identities={"old": (pair.certificate, pair.private_key), "new": (good.certificate, good.private_key)},
        codes={"tls.client_cert.expired": 7000},
    )
    status, result = paypath_json("diagnose", "--path", "billing", "--config", file)
    assert (status, result["scenario"], result["path"]) == (1, "diagnose", "billing")
    assert (result["environment"], result["location"]) == ("staging", "test")
    assert (result["failure"]["reason"], result["failure"]["code"]) == ("tls.client_cert.expired", 7000)
    assert result["failure"]["certificate"]["source"]["path"] == str(pair.certificate)
    assert result["diagnostics"] is not None
    text = screen("--path", "billing", "--config", file)
    assert f"Our identity old: {pair.certificate} with {pair.private_key} " in " ".join(text.split())
    assert "\n  GET /healthz " in text
    status, result = paypath_json("diagnose", "--path", "refunds", "--config", file)
    assert (status, result["outcome"]) == (0, "passed")
    assert not (tmp_path / "state").exists()


@pytest.mark.server("nginx")
def test_a_path_of_check_looks_twice_only_where_it_is_told_to(
    start_nginx: StartServer, pki: Material, tmp_path: pathlib.Path
) -> None:
    """`on_failure`: after a failure, and once for two paths to one endpoint; `off` is the default."""
    day = timedelta(days=1)
    leaf = pki.issuing.issue(
        "localhost", san=("localhost",), usages=(SERVER_AUTH,), not_before=pki.now - 9 * day, not_after=pki.now - day
    )
    port = start_nginx(server=write_pair(tmp_path, "old", leaf)).port
    connectors = {
        "asked": configuration.connector(port, trust=pki.trust, diagnostics="on_failure"),
        "asked-too": configuration.connector(port, trust=pki.trust, diagnostics="on_failure"),
        "not-asked": configuration.connector(port, trust=pki.trust),
    }
    file = configuration.write(tmp_path, connectors)
    done = paypath("check", "mtls-handshake", "--config", str(file), "--format", "json")
    results = {r["path"]: r for r in done.json_lines()}
    assert {r["failure"]["reason"] for r in results.values()} == {"tls.server_cert.expired"}
    looked = [name for name, r in results.items() if r["diagnostics"] is not None]
    assert len(looked) == 1
    assert looked[0].startswith("asked")


@pytest.mark.server("nginx")
@BOTH
def test_a_missing_intermediate_is_found_where_the_certificate_says(
    start_nginx: StartServer, pki: Material, tmp_path: pathlib.Path, tls: str
) -> None:
    """The reason names what the connector must send, and where it was found; `--no-deep` asks nobody."""
    other = pki.root.intermediate("CA of servers alone")
    files = {"/ca.crt": other.issued.certificate.public_bytes(Encoding.DER)}
    with publishing(files) as (url, asked):
        place, names = f"{url}/ca.crt", ("localhost",)
        leaf = other.issue("localhost", san=names, usages=(SERVER_AUTH,), send_chain=False, issuer_url=place)
        server = start_nginx(tls=tls, server=write_pair(tmp_path, "alone", leaf))
        words = (f"localhost:{server.port}", *identity(pki, "good"))
        status, plain = paypath_json("diagnose", "--no-deep", *words)
        assert (status, plain["failure"]["reason"]) == (1, "tls.server_cert.incomplete_or_unknown_ca")
        assert asked == []
        status, result = paypath_json("diagnose", *words)
        text = screen(*words)
    jsonschema.validate(result, result_schema(), cls=jsonschema.Draft202012Validator)
    assert (status, result["failure"]["reason"]) == (1, "tls.server_cert.chain_incomplete")
    assert result["failure"]["confidence"] == "proven"
    assert f"found by AIA at {place}, which the connector does not send and must" in result["failure"]["summary"]
    (found,) = result["diagnostics"]["issuers"]
    assert (found["url"], found["subject"], found["problem"]) == (place, "CN=CA of servers alone", None)
    assert "the peer must send it" in " ".join(text.split())


@pytest.mark.server("openssl")
def test_a_clock_that_disagrees_is_said_though_all_is_well(start_s_server: StartServer, pki: Material) -> None:
    """`s_server -HTTP` gives a file as its whole answer: one that is dated a year ago."""
    server = start_s_server(tls="1.3", more=["-HTTP"])
    answer = b"HTTP/1.1 200 OK\r\nDate: Thu, 15 Jan 2015 14:30:00 GMT\r\nContent-Length: 2\r\n\r\nok"
    (server.log.parent / "answer").write_bytes(answer)
    status, result = paypath_json(
        "diagnose", f"localhost:{server.port}", *identity(pki, "good"), "--http-path", "/answer"
    )
    assert (status, result["outcome"]) == (0, "passed")
    assert [w["reason"] for w in result["warnings"]] == ["prober.clock_skew"]


@pytest.mark.server("haproxy")
def test_a_narrow_terminal_and_nothing_configured(start_haproxy: StartServer, pki: Material) -> None:
    """80 columns hold every line but commands; steps speak of options, and no file is asked for that there is not."""
    text = screen(f"localhost:{start_haproxy().port}", "--ca", pki.trust, columns=80)
    assert "tls.client_cert.missing" in text
    assert [line for line in text.splitlines() if len(line) > 80 and "`" not in line] == []
    assert "`--cert FILE --key FILE`" in text
    assert "paypath validate" not in text
