"""`paypath validate`."""

import base64
import pathlib

import pytest

from probe.lab.pki import SERVER_AUTH, Authority
from probe.model.clock import SystemClock
from tests.cli.conftest import Paypath

CONFIGURATION = 'environment: staging\npaths: {billing: {connector: {url: "https://connector.invalid:8443"}}}\n'


def test_what_would_run(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Paths and scenarios on stdout, status 0; what calls Stripe does not fit a path without it."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION)
    said = paypath("validate", "--config", str(file))
    assert (said.status, said.err) == (0, "")
    assert said.out == "path      billing\nscenario  mtls-handshake  (every 30s; known good, repeatable)\n"


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_a_live_key_in_a_collector_s_header(paypath: Paypath, tmp_path: pathlib.Path, layers: int) -> None:
    """`check` and `run` refuse it: so does `validate`, encoded once more by each who passes it on; the key is not repeated."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION)
    value = "sk_live_abcdefghijk:"
    for _ in range(layers):
        value = base64.b64encode(value.encode()).decode()
    for name in ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_RESOURCE_ATTRIBUTES"):
        said = paypath("validate", "--config", str(file), environ={name: f"authorization=Basic%20{value}"})
        assert (said.status, said.out) == (2, "")
        assert f"{name}: a live-mode Stripe key stands here" in said.err
        assert value not in said.err


def test_a_variable_of_telemetry_that_check_would_refuse(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """It is told together with the mistakes of the configuration."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION + "locatoin: x\n")
    said = paypath("validate", "--config", str(file), environ={"OTEL_EXPORTER_OTLP_ENDPOINT": "nowhere"})
    assert said.status == 2
    assert "this is not a URL to send to" in said.err
    assert "did you mean `location`?" in said.err


def test_scenarios_of_another_directory(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """`--scenarios` looks at files that are not in use yet."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine.yaml").write_text(
        "name: mine\nsumary: x\nevery: 5m\ndeadline: 5s\nsteps: [{handshake: {}}]\n"
    )
    said = paypath("validate", "--config", str(file), "--scenarios", str(tmp_path / "new"))
    assert (said.status, said.out) == (2, "")
    assert f"{tmp_path}/new/mine.yaml:2:1: " in said.err
    assert "did you mean `summary`?" in said.err


def test_slips_in_what_is_expected(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """They would page: each is told with the word that was meant."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine.yaml").write_text(
        "name: mine\nsteps:\n  - stripe: v1.balance.retrieve\n    expect: {objct: balance}\n"
        "  - webhook: {event: payment_intent.succeded, object: pi_1}\n"
    )
    said = paypath("validate", "--config", str(file), "--scenarios", str(tmp_path / "new"))
    assert (said.status, said.out) == (2, "")
    assert "mine.yaml:4:14: the answer has no `objct`; did you mean `object`?" in said.err
    assert "Stripe sends no event `payment_intent.succeded`; did you mean `payment_intent.succeeded`?" in said.err


@pytest.mark.parametrize(
    ("certificate", "key", "authorities", "told"),
    [
        ("none.pem", "page.key", None, "3:14: `certificate`: {0}/none.pem: no such file or directory"),
        ("page.key", "page.key", None, "3:14: `certificate`: {0}/page.key with {0}/page.key cannot be used: "),
        ("page.pem", "other.key", None, "cannot be used: key values mismatch; name a certificate and its key, as PEM"),
        ("page.pem", "locked.key", None, "cannot be used: the private key is encrypted"),
        ("page.pem", "page.key", "page.key", "5:12: `client_ca`: {0}/page.key cannot be used: "),
        (
            "indented.pem",
            "page.key",
            None,
            "cannot be used: {0}/indented.pem: OpenSSL finds no certificate in it: line 1: blanks stand before -----BEGIN, and",
        ),
        (
            "page.pem",
            "page.key",
            "indented.pem",
            "5:12: `client_ca`: {0}/indented.pem cannot be used: {0}/indented.pem: line 1",
        ),
        ("page.pem", "page.key", "page.pem", None),
    ],
)
def test_the_page_has_a_certificate_that_can_be_shown(
    paypath: Paypath,
    tmp_path: pathlib.Path,
    certificate: str,
    key: str,
    authorities: str | None,
    told: str | None,
) -> None:
    """What `run` would end with is told before, at the key that names the file."""
    ca = Authority.root("CA", now=SystemClock().now())
    page, other = (ca.issue("localhost", san=["localhost"], usages=[SERVER_AUTH]) for _ in range(2))
    (tmp_path / "page.pem").write_bytes(page.certificate_pem)
    (tmp_path / "indented.pem").write_bytes(b"  " + page.certificate_pem.replace(b"\n", b"\n  "))
    for name, content in (
        ("page", page.key_pem),
        ("other", other.key_pem),
        ("locked", page.encrypted_key_pem(b"secret")),
    ):
        (tmp_path / f"{name}.key").write_bytes(content)
        (tmp_path / f"{name}.key").chmod(0o600)
    lines = [
        f"certificate: {certificate}",
        f"private_key: {key}",
        *([f"client_ca: {authorities}"] if authorities else []),
    ]
    file = tmp_path / "paypath.yaml"
    file.write_text("listen:\n admin_tls: {\n" + ",\n".join(lines) + "}\n" + CONFIGURATION)
    said = paypath("validate", "--config", str(file))
    if told is None:
        assert (said.status, said.err) == (0, "")
        return
    assert said.status == 2
    assert told.format(tmp_path) in said.err


def test_files_that_are_not_there(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """A missing identity is an error here, although `check` takes it for a failure of the path."""
    file = tmp_path / "paypath.yaml"
    file.write_text(
        "environment: staging\nidentities: {billing: {certificate: no.crt, private_key: no.key}}\n"
        'paths: {billing: {connector: {url: "https://connector.invalid:8443", identity: billing}}}\n'
    )
    said = paypath("validate", "--config", str(file))
    assert said.status == 2
    assert "no.crt" in said.err
    assert "no.key" in said.err


def test_a_word_in_the_environment_that_means_nothing(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """A warning, not a mistake."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION)
    said = paypath("validate", "--config", str(file), environ={"PAYPATH_ENVIROMENT": "x"})
    assert said.status == 0
    assert "PAYPATH_ENVIROMENT" in said.err


WITH_IDENTITY = (
    "environment: staging\n"
    "identities: {billing: {certificate: client.crt, private_key: client.key}}\n"
    'paths: {billing: {connector: {url: "https://connector.invalid:8443", identity: billing}}}\n'
)


@pytest.mark.parametrize(
    ("wrong", "place", "words"),
    [
        ("certificate", "2:37", "client.crt"),
        ("key", "2:62", "no readable PEM private key"),
        ("mismatch", "2:62", "is not the key of"),
        ("locked", "2:62", "the key is encrypted, and no password is configured; set `private_key_password_file`"),
    ],
)
def test_an_identity_that_cannot_be_used(
    paypath: Paypath, tmp_path: pathlib.Path, wrong: str, place: str, words: str
) -> None:
    """Malformed, mismatched or locked: one mistake at the place that names the file, and none once it is right."""
    file = tmp_path / "paypath.yaml"
    file.write_text(WITH_IDENTITY)
    authority = Authority.root("Root", now=SystemClock().now())
    right, other = authority.issue("client"), authority.issue("other")
    contents = {
        "certificate": (b"no certificate", right.key_pem),
        "key": (right.certificate_pem, b"no key"),
        "mismatch": (right.certificate_pem, other.key_pem),
        "locked": (right.certificate_pem, right.encrypted_key_pem(b"secret")),
    }
    for name, content in zip(("client.crt", "client.key"), contents[wrong], strict=True):
        (tmp_path / name).write_bytes(content)
    said = paypath("validate", "--config", str(file))
    assert (said.status, said.out) == (2, "")
    (line,) = said.err.splitlines()
    assert line.startswith(f"{file}:{place}: ")
    assert words in line
    right.write(tmp_path / "client.crt", tmp_path / "client.key")
    assert paypath("validate", "--config", str(file)).status == 0


def test_what_is_missing_is_said_once(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Neither a file of an identity nor the scenarios' directory makes two lines."""
    file = tmp_path / "paypath.yaml"
    file.write_text(f"{WITH_IDENTITY}scenarios: {{directory: nowhere}}\n")
    said = paypath("validate", "--config", str(file))
    assert said.status == 2
    names = ("client.crt", "client.key", "nowhere")
    assert [name for line in said.err.splitlines() for name in names if name in line] == list(names)
    assert len(said.err.splitlines()) == 3


def test_numbers_for_reasons_that_do_not_exist(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Each at its key with the nearest name, for every verb that would use them; a family that exists is right."""
    file = tmp_path / "paypath.yaml"
    codes = "codes:\n  nonsense: 5\n  tls.client_cert.expird: 12\n  tls.*: 13\n  tsl.*: 14\n"
    file.write_text(CONFIGURATION + codes)
    for words in (["validate"], ["check"], ["run"], ["diagnose", "--path", "billing"], ["explain", "13"]):
        said = paypath(*words, "--config", str(file))
        assert (said.status, said.out) == (2, ""), words
        lines = said.err.splitlines()
        assert lines[0].startswith(f"{file}:4:3: no reason `nonsense`; there is"), words
        assert lines[1] == f"{file}:5:3: no reason `tls.client_cert.expird`; did you mean `tls.client_cert.expired`?"
        assert lines[2] == f"{file}:7:3: no family of reasons `tsl.*`; did you mean `tls.*`?"
        assert len(lines) == 3


@pytest.mark.parametrize("words", [["validate"], ["check"], ["run", "--for", "100ms"]])
def test_what_is_written_and_has_no_effect(paypath: Paypath, tmp_path: pathlib.Path, words: list[str]) -> None:
    """A variable that means nothing: once, on stderr."""
    file = tmp_path / "paypath.yaml"
    connector = "connector: {url: 'https://127.0.0.1:1'}"
    listen, state = "listen: {metrics: '127.0.0.1:0'}", f"state: {{directory: {tmp_path}}}"
    file.write_text(f"environment: staging\npaths: {{billing: {{{connector}}}}}\n{listen}\n{state}\n")
    err = paypath(*words, "--config", str(file), environ={"PAYPATH_ENVIROMENT": "x"}).err.splitlines()
    assert sum("PAYPATH_ENVIROMENT" in line for line in err) == 1


def test_tls_settings_that_no_context_can_be_made_from(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Trust that holds no certificate and ciphers that do not exist are found before a probe fails over them."""
    (tmp_path / "empty.pem").write_text("not a certificate\n")
    file = tmp_path / "paypath.yaml"
    connector = 'url: "https://connector.invalid:8443"'
    file.write_text(
        "paths:\n"
        f"  one: {{connector: {{{connector}, trust: empty.pem}}}}\n"
        f"  two: {{connector: {{{connector}, verify: {{ciphers: NOPE}}}}}}\n"
    )
    said = paypath("validate", "--config", str(file))
    assert said.status == 2
    first, second = said.err.splitlines()
    assert first.startswith(f"{file}:2:")
    assert "empty.pem" in first
    assert second.startswith(f"{file}:3:")
    assert "NOPE" in second


def test_all_mistakes_at_once(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """Codes that cover no reason are told beside other mistakes, in the order of the file; a misspelt key once."""
    file = tmp_path / "paypath.yaml"
    file.write_text(
        'codes: {tls.nonsense: 5023, "foo.*": 12, "TLS": 3}\nlisten: {metrics: "nonsense"}\n'
        "paths: {billing: {connector: {ulr: x}}}\n"
    )
    said = paypath("validate", "--config", str(file))
    places = [line.removeprefix(f"{file}:").split("; ")[0] for line in said.err.splitlines()]
    assert said.status == 2
    assert [place for place in places if "`TLS`" not in place] == [
        "1:9: no reason `tls.nonsense`",
        "1:29: no family of reasons `foo.*`",
        "2:19: `metrics`: `nonsense` is not an address to listen on",
        "3:31: unknown key `ulr`",
    ]
    assert len(places) == len(set(places)) == 5
    file.write_text("codes: 3\nlisten: 4\n")
    assert len(paypath("validate", "--config", str(file)).err.splitlines()) == 2
    assert paypath("validate", "--config", str(tmp_path / "none.yaml")).status == 2


def test_a_regular_expression_that_is_none_is_found_here(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """With file, line and column."""
    file = tmp_path / "paypath.yaml"
    file.write_text(CONFIGURATION)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine.yaml").write_text(
        'name: mine\nsteps:\n  - http: {path: /x}\n    expect: {body: {matches: "(?=x"}}\n'
    )
    said = paypath("validate", "--config", str(file), "--scenarios", str(tmp_path / "new"))
    assert said.status == 2
    assert said.err.startswith(f"{tmp_path}/new/mine.yaml:4:30: `matches` is no regular expression: ")


@pytest.mark.parametrize("words", [["validate"], ["check"], ["run", "--for", "100ms"]])
def test_what_is_more_open_than_it_need_be(paypath: Paypath, tmp_path: pathlib.Path, words: list[str]) -> None:
    """Told once, by `validate` and at the start of `run`, and never by what cron runs every few minutes; the status is what it was."""
    (tmp_path / "key").write_text("sk_test_abcdefgh\n")
    (tmp_path / "key").chmod(0o644)
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "open" / "hook.pem").write_bytes(Authority.root("CA", now=SystemClock().now()).certificate_pem)
    (tmp_path / "open" / "hook.pem").chmod(0o666)
    file = tmp_path / "paypath.yaml"
    file.write_text(
        "environment: staging\nlisten: {metrics: '127.0.0.1:0'}\nstate: {directory: state}\nscenarios: {enabled: [mtls-handshake]}\n"
        "paths: {billing: {connector: {url: 'https://127.0.0.1:1'}, stripe: {api_key_file: key},\n"
        " webhook: {url: 'https://127.0.0.1:1/x', trust: open/hook.pem, secret: whsec_abcdefgh}}}\n"
    )
    told = (
        "key, a secret, is open to everybody on this machine",
        "is a secret key (`sk_test_…`)",
        "`trust`: {0}/hook.pem can be changed by everybody on this machine (mode 0666); `chmod o-w {0}/hook.pem`",
        "`trust`: {0} can be changed by everybody on this machine (mode 0777), and so each file in it replaced; `chmod o-w {0}`",
    )
    said = paypath(*words, "--config", str(file))
    for sentence in (one.format(tmp_path / "open") for one in told):
        assert said.err.count(sentence) == (0 if words == ["check"] else 1), said.err
    assert "abcdefgh" not in said.err
    assert said.status == {"validate": 0, "check": 1, "run": 0}[words[0]]


PROVIDED = """\
environment: staging
paths:
  billing: {connector: {url: "https://connector.invalid:8443"}, stripe: {key_from: connector}}
  own:
    connector: {kind: api, url: "https://api.invalid:8443", canary: {tenant: canary-1, proof: {mode: test}}}
"""
OWN = "name: own\nevry: 5m\nsteps:\n  - http: {method: POST, path: /charges, body: nobody}\n"
WRONG = """\
name: wrong
sumary: x
steps:
  - http: {method: POST, path: /v1/payment_intents, body: amount=100}
  - name: odd
    http: {method: GET, path: /, headers: {"a b": c}}
    expect: {status: "200", x: {present: "true"}}
  - stripe: v1.refunds.retrieve
    with: {refund: 3}
    expect: {status: suceeded, amount: "100"}
  - stripe: v1.payment_intents.retrieve
    with: {intent: ""}
    expect:
      status: {one_of: succeeded}
      amount: {min: "100"}
      currency: {one_of: []}
"""


def test_every_mistake_at_once_with_its_place(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """What is wrong with a step beside the path that it would run on, too, and in a file that has other mistakes."""
    file, scenarios = tmp_path / "paypath.yaml", tmp_path / "new"
    file.write_text(PROVIDED)
    scenarios.mkdir()
    (scenarios / "wrong.yaml").write_text(WRONG)
    (scenarios / "own.yaml").write_text(OWN)
    said = paypath("validate", "--config", str(file), "--scenarios", str(scenarios))
    assert (said.status, said.out) == (2, "")
    for place, told in {
        "2:1": "unknown key `sumary`",
        "4:5": "step http writes to Stripe past paypath",
        "6:44": "`a b` is not a header's name",
        "7:22": "`status`: `200` is no HTTP status",
        "7:42": "`present` must be true or false",
        "9:12": "`refund` must be the text of an id",
        "10:14": "`status` is never `suceeded`; did you mean `succeeded`?",
        "10:32": '`amount` of the answer is a whole number, so it is never `"100"`',
        "12:12": "`intent` must be the text of an id",
        "14:24": "`one_of` must be a list that is not empty",
        "15:21": "`min` must be a number",
        "16:26": "`one_of` must be a list that is not empty",
    }.items():
        assert any(f"wrong.yaml:{place}: " in line and told in line for line in said.err.splitlines()), (told, said.err)
    assert "own.yaml:2:1: unknown key `evry`" in said.err
    assert "own.yaml:4:5: step http writes to the API of path own, and does not name its canary tenant" in said.err
