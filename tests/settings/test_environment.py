"""Variables: which name means which key, what wins, what is only warned about."""

import pathlib

import pytest

from tests.settings.conftest import Load, Refuse

FILE = """\
environment: staging
paths:
  eu-billing:
    connector: {url: "https://c", identity: eu-client, server_name: a.example, verify: {tls_max: "1.3"}}
scenarios: {enabled: [a, b]}
identities: {eu-client: {certificate: c}}
"""


def test_override_table(load: Load) -> None:
    """Texts, numbers, booleans, durations, lists, maps; keys that the file spells with a hyphen."""
    loaded = load(
        FILE,
        {
            "PAYPATH_ENVIRONMENT": "no",
            "PAYPATH_LOCATION": "12",
            "PAYPATH_PATHS__EU_BILLING__CONNECTOR__URL": "https://d:1",
            "PAYPATH_PATHS__EU_BILLING__CONNECTOR__SERVER_NAME": "null",
            "PAYPATH_PATHS__EU_BILLING__CONNECTOR__VERIFY__STRICT": "true",
            "PAYPATH_PATHS__EU_BILLING__CONNECTOR__VERIFY__SECURITY_LEVEL": "2",
            "PAYPATH_PATHS__EU_BILLING__CONNECTOR__VERIFY__TLS_MIN": "1.3",
            "PAYPATH_PATHS__US_BILLING": '{"connector": {"url": "https://us"}}',
            "PAYPATH_PATHS__US_BILLING__CONNECTOR__HEALTH_PATH": "/h",
            "PAYPATH_SCENARIOS__ENABLED": '["c"]',
            "PAYPATH_SCENARIOS__EVERY": "2s",
            "PAYPATH_CODES": '{"tls.*": 9}',
            "PAYPATH_TIMEOUTS__DEFAULT": "",
        },
    )
    eu, us = loaded.paths
    assert (loaded.environment, loaded.location) == ("no", "12")
    assert (eu.name, eu.connector.url, eu.connector.endpoint.server_name) == ("eu-billing", "https://d:1", "d")
    assert (eu.connector.verify.strict, eu.connector.verify.security_level) == (True, 2)
    assert (eu.connector.verify.tls_min, eu.connector.verify.tls_max) == ("1.3", "1.3")
    assert (us.name, us.connector.url, us.connector.health_path) == ("us_billing", "https://us", "/h")
    assert (loaded.scenarios_enabled, loaded.every_s, dict(loaded.codes)) == (("c",), 2.0, {"tls.*": 9})
    assert (loaded.limits.default_s, loaded.warnings) == (5.0, ())


def test_environment_alone(load: Load, tmp_path: pathlib.Path) -> None:
    """Without a file; an identity that a variable refers to with a hyphen is the one that another defines."""
    loaded = load(
        None,
        {
            "PAYPATH_PATHS__BILLING__CONNECTOR__URL": "https://127.0.0.1:8443",
            "PAYPATH_PATHS__BILLING__CONNECTOR__IDENTITY": "eu-client",
            "PAYPATH_PATHS__BILLING__STRIPE__API_KEY": "rk_test_abc",
            "PAYPATH_IDENTITIES__EU_CLIENT__CERTIFICATE": "c.pem",
        },
    )
    (path,) = loaded.paths
    assert path.stripe is not None
    assert path.stripe.api_key.reveal() == "rk_test_abc"
    assert path.connector.identity is not None
    assert path.connector.identity.certificate == tmp_path / "c.pem"


def test_file_refers_variable_defines(load: Load) -> None:
    """The identity keeps the name by which the file refers to it."""
    text = "paths: {b: {connector: {url: 'https://c', identity: the-client}}}"
    loaded = load(text, {"PAYPATH_IDENTITIES__THE_CLIENT__CERTIFICATE": "c"})
    assert [identity.name for identity in loaded.identities] == ["the-client"]


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("PAYPATH_LOCATOIN", "PAYPATH_LOCATOIN is not a setting; did you mean PAYPATH_LOCATION?"),
        ("PAYPATH_STATE_DIRECTORY", "PAYPATH_STATE_DIRECTORY is not a setting; did you mean PAYPATH_STATE__DIRECTORY?"),
        ("PAYPATH_PATHS__EU_BILLING__CONECTOR__URL", "PAYPATH_PATHS__EU_BILLING__CONECTOR__URL is not a setting; did you mean PAYPATH_PATHS__EU_BILLING__CONNECTOR__URL?"),
        ("PAYPATH_ENVIRONMENT__X", "PAYPATH_ENVIRONMENT__X is not a setting; did you mean PAYPATH_ENVIRONMENT?"),
        ("PAYPATH_", "PAYPATH_ is not a setting; it is ignored"),
        ("PAYPATH_QUUX", "PAYPATH_QUUX is not a setting; it is ignored"),
    ],
)  # fmt: skip
def test_unknown_names_are_warnings(load: Load, name: str, warning: str) -> None:
    """Nothing is refused for a stray variable, and nothing about its value is said."""
    assert load(FILE, {name: "hunter2"}).warnings == (warning,)


@pytest.mark.parametrize(
    "name",
    [
        "PAYPATH_PORT",
        "PAYPATH_PORT_9464_TCP_ADDR",
        "PAYPATH_SERVICE_HOST",
        "PAYPATH_SERVICE_PORT_METRICS",
        "PAYPATHOLOGY",
        "OTEL_X",
    ],
)
def test_ignored(load: Load, name: str) -> None:
    """What Kubernetes injects for a Service called `paypath`, and what is not ours."""
    assert load(FILE, {name: "tcp://10.0.0.1:9464"}).warnings == ()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PAYPATH_SCENARIOS__ENABLED", "a,b", '`["a", "b"]`'),
        ("PAYPATH_SCENARIOS__ENABLED", "[" * 100_000, '`["a", "b"]`'),
        ("PAYPATH_PATHS", '{"a": 1, "a": 2}', '`{"key": "value"}`'),
        ("PAYPATH_CODES", '{"tls.*": NaN}', '`{"key": "value"}`'),
        ("PAYPATH_CODES", '{"tls.*": ' + "9" * 5000 + "}", '`{"key": "value"}`'),
        ("PAYPATH_LOCATION", "\udce4", "PAYPATH_LOCATION: is not UTF-8 text; set it again as UTF-8"),
        ("PAYPATH_TIMEOUTS__TLS", "5", "PAYPATH_TIMEOUTS__TLS: `tls`: `5` has no unit; write `5s` for seconds, or `5m`, `1h30m`, `30d`"),
        ("PAYPATH_PATHS__EU_BILLING__CONNECTOR__VERIFY__STRICT", "yes", "must be true or false, not text (`yes`); write true"),
        ("PAYPATH_PATHS__EU_BILLING__CONNECTOR__URL", "null", "PAYPATH_PATHS__EU_BILLING__CONNECTOR__URL: `url` must be text, not nothing"),
        ("PAYPATH_PATHS", '{"eu-billing": {"conector": {}}}', "PAYPATH_PATHS: unknown key `conector`; did you mean `connector`?"),
        ("PAYPATH_PATHS__EU_BILLING__CONNECTOR__IDENTITY", "eu-cliend", "PAYPATH_PATHS__EU_BILLING__CONNECTOR__IDENTITY: unknown identity `eu-cliend`; did you mean `eu-client`?"),
        ("PAYPATH_ENVIRONMENT", "lab", "paypath.yaml:4:22: environment `lab` is only for connectors on the loopback, and `c` is not; name the environment otherwise"),
        ("PAYPATH_PATHS__EU_BILLING__STRIPE__API_KEY", "sk_live_hunter2", "PAYPATH_PATHS__EU_BILLING__STRIPE__API_KEY: `api_key` is not a Stripe test-mode key"),
    ],
    ids=lambda value: value[:40].encode("ascii", "replace").decode() if isinstance(value, str) else None,
)  # fmt: skip
def test_mistakes(refuse: Refuse, name: str, value: str, message: str) -> None:
    """The variable's name is the file; the value of a secret is nowhere."""
    (found,) = refuse(FILE, {name: value})
    assert message in found
    assert found.startswith((name, "paypath.yaml"))
    assert "hunter2" not in found


def test_both_forms_across_file_and_environment(refuse: Refuse) -> None:
    """A key in the file and a key file in a variable are still two keys."""
    text = "paths: {b: {connector: {url: 'https://c'}, stripe: {api_key: sk_test_a}}}"
    assert refuse(text, {"PAYPATH_PATHS__B__STRIPE__API_KEY_FILE": "stripe_test_key"}) == [
        "PAYPATH_PATHS__B__STRIPE__API_KEY_FILE: `api_key` and `api_key_file` are both set; keep one of them"
    ]


def test_more_general_variable_gives_way(load: Load) -> None:
    """A variable for the whole map first, then the ones for its parts, whatever their order."""
    environ = {"PAYPATH_TIMEOUTS__DEFAULT": "3s", "PAYPATH_TIMEOUTS": '{"default": "1s", "tls": "2s"}'}
    for given in (environ, dict(reversed(environ.items()))):
        limits = load("timeouts: {dns: 4s}", given).limits
        assert (limits.default_s, limits.limit_s("tls"), limits.limit_s("dns")) == (3.0, 2.0, 4.0)
