"""The configuration as a whole: what it becomes, and every mistake with its message."""

import pathlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.documents.mistakes import SetupError
from probe.model.failure import Hop
from probe.model.network import Endpoint
from probe.model.path import ConnectorKind, Identity, InUse, InUseKind, KeyFrom, OwnApi, TlsVersion, Verify, Watch
from probe.settings.load import default_state_directory, load_settings
from tests.settings.conftest import Load, Refuse


def test_contract_example(load: Load, contract: str, tmp_path: pathlib.Path) -> None:
    """The documented example means what the documentation says."""
    loaded = load(contract)
    (path,) = loaded.paths
    assert (path.name, path.connector.kind, path.connector.health_path) == (
        "billing",
        ConnectorKind.TERMINATING,
        "/healthz",
    )
    host = "billing-connector.internal"
    assert path.connector.endpoint == Endpoint(host=host, port=8443, server_name=host)
    assert path.connector.verify == Verify(tls_min=TlsVersion.TLS_1_2)
    identity = Identity(
        name="billing",
        certificate=pathlib.Path("/etc/billing/tls/tls.crt"),
        private_key=pathlib.Path("/etc/billing/tls/tls.key"),
        managed_by="cert-manager",
        renew_before_s=30 * 86400,
        in_use=InUse(kind=InUseKind.ENVOY_ADMIN, url="http://127.0.0.1:9901/certs"),
    )
    assert (path.connector.identity, loaded.identities) == (identity, (identity,))
    assert path.stripe is not None
    assert (path.stripe.api_key.reveal(), path.stripe.account) == ("sk_test_fromfile", "acct_123")
    assert (loaded.environment, loaded.location) == ("staging", "eu-west-1a")
    assert loaded.state_directory == pathlib.Path("/var/lib/paypath")
    assert loaded.scenarios_directory == tmp_path / "scenarios"
    assert loaded.scenarios_enabled == ("mtls-handshake", "card-charge", "card-declined")
    assert loaded.watches == (Watch(files="/etc/ssl/billing/*.pem"),)
    assert loaded.thresholds_s == (30 * 86400, 14 * 86400, 7 * 86400, 48 * 3600)
    assert (loaded.listen_metrics, loaded.listen_admin) == (("127.0.0.1", 9464), ("127.0.0.1", 9464))
    assert (loaded.every_s, loaded.warnings, dict(loaded.codes)) == (None, (), {})


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "paths:\nscenarios:\n", "{}"])
def test_every_key_is_optional(load: Load, text: str | None) -> None:
    """No file, an empty one, and keys without values."""
    loaded = load(text, {"XDG_STATE_HOME": "/x"})
    assert (loaded.paths, loaded.identities, loaded.scenarios_directory) == ((), (), None)
    assert (loaded.environment, loaded.limits.default_s) == ("default", 5.0)
    assert loaded.location
    assert loaded.state_directory == pathlib.Path("/x/paypath")


def test_injected_key(load: Load) -> None:
    """Where the connector brings the key, the SDK gets a placeholder."""
    (path,) = load("paths: {b: {connector: {url: 'https://[::1]'}, stripe: {key_from: connector}}}").paths
    assert path.stripe is not None
    assert (path.stripe.key_from, path.stripe.api_key.reveal()) == (KeyFrom.CONNECTOR, "sk_test_paypath_injected")
    assert (path.connector.endpoint.host, path.connector.endpoint.port) == ("::1", 443)


def test_limits_and_codes(load: Load) -> None:
    """Phase limits in seconds; codes by reason or family."""
    loaded = load('timeouts: {default: 2s, tls: 500ms}\ncodes: {"tls.*": 7, tls.client_cert.expired: 8}')
    assert (loaded.limits.limit_s("dns"), loaded.limits.limit_s("tls")) == (2.0, 0.5)
    assert dict(loaded.codes) == {"tls.*": 7, "tls.client_cert.expired": 8}


def test_admin_stays_on_loopback(load: Load) -> None:
    """Metrics may leave the loopback; the admin's address then is one of its own."""
    assert load('listen: {metrics: "0.0.0.0:9464"}').listen_admin == ("127.0.0.1", 9465)
    assert load('listen: {metrics: "[::1]:1"}').listen_admin == ("::1", 1)


def test_relative_paths(load: Load, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to the file that names them, and for a variable to the working directory."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/c.yaml").write_text("state: {directory: s}\nidentities: {i: {certificate: c, private_key: k}}\n")
    loaded = load_settings(pathlib.Path("etc/c.yaml"), {"PAYPATH_IDENTITIES__I__PRIVATE_KEY": "k"})
    assert loaded.state_directory == tmp_path / "etc/s"
    (identity,) = loaded.identities
    assert (identity.certificate, identity.private_key) == (tmp_path / "etc/c", tmp_path / "k")
    assert load is not None
    assert monkeypatch is not None


@pytest.mark.parametrize(
    ("environ", "root", "directory"),
    [
        ({"XDG_STATE_HOME": "/s", "HOME": "/h"}, False, "/s/paypath"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, False, "/h/.local/state/paypath"),
        ({"HOME": "/h"}, False, "/h/.local/state/paypath"),
        ({"HOME": "/root"}, True, "/var/lib/paypath"),
        ({"XDG_STATE_HOME": "/s"}, True, "/s/paypath"),
        ({}, False, None),
    ],
)
def test_default_state_directory(environ: dict[str, str], root: bool, directory: str | None) -> None:  # noqa: FBT001 - a table's column
    """The XDG base directory specification; root has a system directory."""
    found = default_state_directory(environ, root=root)
    assert found == (None if directory is None else pathlib.Path(directory))


def test_missing_file(tmp_path: pathlib.Path) -> None:
    """A named file that is missing is one clear mistake, without a line."""
    with pytest.raises(SetupError) as caught:
        load_settings(tmp_path / "no.yaml", {})
    assert str(caught.value) == (
        f"{tmp_path}/no.yaml: the configuration cannot be read: no such file or directory; name an existing file with --config"
    )


def test_directory_instead_of_file(tmp_path: pathlib.Path) -> None:
    """So is one that cannot be read."""
    with pytest.raises(SetupError, match=r"is a directory; make it readable$"):
        load_settings(tmp_path, {})


CONNECTOR = "paths: {b: {connector: {url: https://c, %s}}}"
IDENTITY = "identities: {i: {certificate: c, %s}}"
STRIPE = "paths: {b: {connector: {url: https://c}, stripe: {%s}}}"
KEY = "give one that begins with `sk_test_` or `rk_test_`; nothing else is ever accepted, and it is not shown here"

MISTAKES = [
    ("enviroment: x", "1:1: unknown key `enviroment`; did you mean `environment`?"),
    (
        "paths: {b: {conector: {}, connector: {url: https://c}}}",
        "1:13: unknown key `conector`; did you mean `connector`?",
    ),
    ("paths: {b: {}}", "1:9: `connector` is missing; add it"),
    ("location: no", '1:11: `location`: `no` is not text to every YAML reader; write "no" in quotes'),
    ("location: [a]", "1:11: `location` must be text, not a list"),
    ("paths: [a]", "1:8: `paths` must be a map, not a list"),
    (
        "paths: {Billing: {connector: {url: https://c}}}",
        "1:9: `Billing`: `Billing` is not a name; use lower-case letters, digits, `-`, `_` and `.`",
    ),
    (CONNECTOR % "kind: terminatng", "1:47: `kind`: `terminatng` is not known here; did you mean `terminating`?"),
    (
        "paths: {b: {connector: {url: http://c, identity: null}}}",
        "1:30: `url`: `http://c` is not a URL with https; write it as `https://host:8443`",
    ),
    (
        CONNECTOR % "credentials: 'a:b'",
        "1:41: `credentials` is only for connectors of `kind: proxy`; leave it out, or write `kind: proxy`",
    ),
    (
        CONNECTOR % "kind: proxy, canary: {tenant: t, proof: {test: true}}",
        "1:54: `canary` is only for connectors of `kind: api`; leave it out, or write `kind: api`",
    ),
    (
        CONNECTOR % "kind: proxy, health_path: /",
        (
            "1:54: `health_path` means nothing for a connector of `kind: proxy`: its answer to CONNECT says whether it works; "
            "what `upstream.health_path` asks is asked in the tunnel; leave it out"
        ),
    ),
    (
        CONNECTOR % "kind: proxy, proxy: {url: http://p}",
        "1:54: `proxy` means nothing for a connector of `kind: proxy`: it cannot be reached through another proxy; leave it out",
    ),
    (
        CONNECTOR % "kind: proxy, addresses: all",
        "1:65: `addresses: all` cannot be used with `kind: proxy`: each tunnel is made by the first address that answers; leave it out",
    ),
    (
        "paths: {b: {connector: {url: http://c, kind: proxy, trust: ca}}}",
        (
            "1:53: `trust` means nothing here: no TLS is spoken with a connector whose URL begins with `http:`; "
            "leave it out, or write the URL with `https:`"
        ),
    ),
    (
        "paths: {b: {connector: {url: https://c}, upstream: {trust: ca}}}",
        "1:42: `url` is missing; add it: `https://HOST:PORT`, where the connector connects to",
    ),
    (
        "paths: {b: {connector: {url: https://c}, upstream: {url: http://u}}}",
        "1:58: `url`: `http://u` is not a URL with https; write it as `https://host:8443`",
    ),
    (
        "paths: {b: {connector: {url: https://c, kind: proxy}, upstream: {address: 'a:1'}}}",
        (
            "1:66: `address` means nothing behind a connector of `kind: proxy`: the connector itself connects to the upstream; "
            "leave it out"
        ),
    ),
    (
        "paths: {b: {connector: {url: https://c}, upstream: {url: https://u, identity: no-such}}}",
        "1:79: unknown identity `no-such`; add it: `identities: {no-such: {certificate: …}}`",
    ),
    (
        "paths: {b: {connector: {url: https://c, kind: api}, stripe: {api_key: sk_test_x}}}",
        "1:53: `stripe`: a connector of `kind: api` does not speak Stripe's API; leave it out, and write `http` steps",
    ),
    (
        CONNECTOR % "kind: api, canary: {tenant: t, proof: {}}",
        "1:79: `proof` must not be empty: it proves nothing; write it as `proof: {payment.test_mode: true}`",
    ),
    (
        CONNECTOR % "kind: api, canary: {tenant: t, proof: yes please}",
        "1:79: `proof` must be a map, not text; write it as `proof: {payment.test_mode: true}`",
    ),
    (
        CONNECTOR % "kind: api, canary: {tenant: t, proof: {a: [1]}}",
        "1:79: `proof`: `a` must be text, true or false, or a whole number; write it as `proof: {payment.test_mode: true}`",
    ),
    (
        CONNECTOR % "error_code: a..b",
        "1:53: `error_code`: `a..b` is not a dotted place in a JSON answer; write it as `error.code`",
    ),
    (
        "environment: lab\npaths: {b: {connector: {url: 'https://[::1]', kind: proxy}}}",
        "2:53: environment `lab` is only for connectors on the loopback, and `api.stripe.com` is not; name the environment otherwise",
    ),
    (
        "environment: lab\npaths: {b: {connector: {url: 'https://[::1]'}, upstream: {url: https://u}}}",
        "2:64: environment `lab` is only for connectors on the loopback, and `u` is not; name the environment otherwise",
    ),
    (
        "environment: lab\npaths: {b: {connector: {url: 'https://[::1]'}, upstream: {url: https://u, address: 'v:1'}}}",
        "2:84: environment `lab` is only for connectors on the loopback, and `v` is not; name the environment otherwise",
    ),
    (CONNECTOR % "verify: {strict: on}", "1:58: `strict` must be true or false, not text (`on`); write true"),
    (
        CONNECTOR % "verify: {security_level: 6}",
        "1:66: `security_level` must be a whole number from 0 to 5, not a number (`6`)",
    ),
    (CONNECTOR % "verify: {tls_min: 1.1}", "1:59: `tls_min`: `1.1` is not known here; one of: `1.2`, `1.3`"),
    (CONNECTOR % "verify: {tls_min: 1.3, tls_max: 1.2}", "1:73: `tls_max` is older than `tls_min`; swap them"),
    (CONNECTOR % "identity: i", "1:51: unknown identity `i`; add it: `identities: {i: {certificate: …}}`"),
    (
        "paths: {b: {connector: {identity: biling, url: 'https://c'}}}\nidentities: {billing: {certificate: c}}",
        "1:35: unknown identity `biling`; did you mean `billing`?",
    ),
    (
        CONNECTOR % "health_path: healthz",
        "1:54: `health_path`: `healthz` is not a path; begin with `/`, without spaces, such as `/healthz`",
    ),
    (
        "paths: {b: {connector: {url: http://c}}}",
        "1:30: `url`: `http://c` is not a URL with https; write it as `https://host:8443`",
    ),
    (
        "paths: {b: {connector: {url: 'c:8443'}}}",
        "1:30: `url`: `c:8443` is not a URL with https; write it as `https://host:8443`",
    ),
    ("paths: {b: {connector: {url: 'https://c:99999'}}}", "1:30: `url` is not a URL; write it as `https://host:8443`"),
    (
        "paths: {b: {connector: {url: 'https://'}}}",
        "1:30: `url`: `https://` names no host that can be looked up; write it as `https://host:8443`",
    ),
    (
        "paths: {b: {connector: {url: 'https://u:hunter2@c'}}}",
        "1:30: `url`: names and passwords do not belong into a URL; leave out what stands before the `@`",
    ),
    (
        "paths: {b: {connector: {url: 'c:8443/?token=hunter2'}}}",
        "1:30: `url`: `c:8443/?…` is not a URL with https; write it as `https://host:8443`",
    ),
    (
        "cron: {every: 5m, pushgateway: 'u:hunter2@gateway:9091'}",
        "1:32: `pushgateway`: `***@gateway:9091` is not a URL with http or https; write it as `http://127.0.0.1:9901/certs`",
    ),
    (
        "paths: {b: {connector: {url: 'https://c/?a=b'}}}",
        "1:30: `url`: `https://c/?…` has a query or a fragment; write it as `https://host:8443`",
    ),
    (
        "environment: lab\npaths: {b: {connector: {url: 'https://c'}}}",
        "2:30: environment `lab` is only for connectors on the loopback, and `c` is not; name the environment otherwise",
    ),
    (
        STRIPE % "",
        "1:42: no Stripe test-mode key; add `api_key_file`, or `key_from: connector` where the connector brings the key",
    ),
    (STRIPE % "api_key: sk_live_hunter2", f"1:60: `api_key` is not a Stripe test-mode key; {KEY}"),
    (STRIPE % "api_key: hunter2", f"1:60: `api_key` is not a Stripe test-mode key; {KEY}"),
    (STRIPE % "api_key: [hunter2]", "1:60: `api_key` must be text, not a list; put the key in quotes"),
    (
        STRIPE % "api_key: sk_test_hunter2, api_key_file: stripe_test_key",
        "1:77: `api_key` and `api_key_file` are both set; keep one of them",
    ),
    (
        STRIPE % "key_from: connector, api_key: sk_test_hunter2",
        "1:72: `api_key`: the connector brings the key; leave it out, or write `key_from: probe`",
    ),
    (
        STRIPE % "key_from: probe, api_key: sk_test_a, account: 123",
        "1:97: `account` must be text, not a number (`123`); write it in quotes",
    ),
    (STRIPE % "api_key: sk_test_a, account: sk_live_hunter2", f"1:80: a live-mode Stripe key stands here; {KEY}"),
    (
        STRIPE % "api_key: sk_test_a, requests_per_second: 100",
        "1:92: `requests_per_second` must be a number above 0, at most 25, not a number (`100`)",
    ),
    (
        IDENTITY % "renew_before: 30",
        "1:48: `renew_before`: `30` has no unit; write `30s` for seconds, or `5m`, `1h30m`, `30d`",
    ),
    (
        IDENTITY % "renew_before: 30 days",
        "1:48: `renew_before`: `30 days` is not a duration; write a number with its unit, such as `500ms`, `30s`, `5m`, `1h30m` or `30d`",
    ),
    (
        IDENTITY % "private_key_password: ''",
        "1:56: `private_key_password` must be text and not empty; put it in quotes",
    ),
    (
        IDENTITY % "private_key_password: a, private_key_password_file: b",
        "1:59: `private_key_password` and `private_key_password_file` are both set; keep one of them",
    ),
    (IDENTITY % "in_use: {kind: file-sha256}", "1:34: `file` is missing: `file-sha256` needs it; add it"),
    (
        "certificates: {thresholds: [7d, 30d]}",
        "1:28: `thresholds` must be one to eight durations, each shorter than the one before; write `[30d, 14d, 7d, 48h]`: ticket, ticket, page in working hours, page at any time",
    ),
    ("certificates: {watch: /etc}", "1:23: `watch` must be a list, not text"),
    ("certificates: {watch: [3]}", "1:24: `watch[0]` must be text, not a number (`3`); write it in quotes"),
    (
        "certificates: {watch: ['']}",
        "1:24: `files` must be text in one line, not empty; write it, or leave the key out",
    ),
    ("certificates: {watch: [a, {password: p}]}", "1:27: `files` is missing; add it"),
    ("certificates: {watch: [{file: a}]}", "1:25: unknown key `file`; did you mean `files`?"),
    (
        "certificates: {watch: [{files: a, path: b}]}",
        "1:41: unknown path `b`; leave it out, or add the path under `paths`",
    ),
    (
        "certificates: {watch: [{files: a, password: b, password_file: c}]}",
        "1:48: `password` and `password_file` are both set; keep one of them",
    ),
    ("scenarios: {every: 5}", "1:20: `every`: `5` has no unit; write `5s` for seconds, or `5m`, `1h30m`, `30d`"),
    ("listen: {metrics: 9464}", "1:19: `metrics` must be text, not a number (`9464`); write it in quotes"),
    (
        "listen: {metrics: ':9464'}",
        "1:19: `metrics`: `:9464` is not an address to listen on; write it as `127.0.0.1:9464`",
    ),
    (
        "listen: {metrics: 'h:99999'}",
        "1:19: `metrics`: `h:99999` is not an address to listen on; write it as `127.0.0.1:9464`",
    ),
    (
        "listen: {admin: '0.0.0.0:1'}",
        (
            "1:17: `admin` must stay on the loopback, where nothing else protects it; write `127.0.0.1:9465`, or let people show who they are: "
            "`listen.admin_tls` with `client_ca`, or `listen.admin_token_file`"
        ),
    ),
    (
        "listen: {admin: '0.0.0.0:1', admin_tls: {certificate: /c.pem, private_key: /k.pem}}",
        (
            "1:17: `admin` must stay on the loopback, where nothing else protects it; write `127.0.0.1:9465`, or let people show who they are: "
            "`listen.admin_tls` with `client_ca`, or `listen.admin_token_file`"
        ),
    ),
    (
        "listen: {admin: '127.0.0.1:9464', admin_token: 0123456789abcdef}",
        "1:17: `admin` and `metrics` have one address, and only `admin` is protected; give `admin` a port of its own, such as `127.0.0.1:9465`",
    ),
    (
        "listen: {admin_token: short}",
        "1:23: `admin_token` must be text in one line, of 16 characters or more; make one with `openssl rand -hex 32`",
    ),
    (
        "codes: {tls.*: '5023'}",
        "1:16: `tls.*` must be a whole number from 1 to 999999, not text (`5023`); without quotes",
    ),
    (
        "codes: {TLS: 1}",
        "1:9: `TLS`: `TLS` is not a reason or a family of reasons; write it as `tls.client_cert.expired` or `tls.*`",
    ),
    ("location: a\nlocation: b", "2:1: duplicate key `location`; it stands in line 1 already; keep one"),
    ("location: !x y", "1:11: YAML tags are not supported; put text that begins with `!` in quotes"),
    ("- a", "1:1: the configuration must be a map of keys; write `key: value` lines"),
    ("state:\n\tdirectory: x", "2:1: YAML does not allow a tab here; indent with spaces"),
    (
        "state: {directory: x",
        "1:21: not valid YAML: expected ',' or '}', but got '<stream end>'; close the bracket or brace, and put commas between",
    ),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_mistake(refuse: Refuse, text: str, message: str) -> None:
    """One message each, with line and column, what is wrong and how to mend it; no secret in any."""
    found = refuse(text)
    assert f"paypath.yaml:{message}" in found
    assert "hunter2" not in "".join(found)


def test_all_at_once(refuse: Refuse) -> None:
    """Mistakes of every sort, from the file and from variables, sorted by place."""
    text = """enviroment: a
location: 3
location: b
paths:
  b: {connector: {url: 'https://c', identity: x}, stripe: {api_key: sk_live_hunter2}}
scenarios: {every: 3}
"""
    found = refuse(text, {"PAYPATH_TIMEOUTS__DEFAULT": "5", "PAYPATH_SCENARIOS__ENABLED": "a,b"})
    places = [message.split(": ")[0] for message in found]
    numbers = ["1:1", "2:11", "3:1", "5:47", "5:69", "6:20"]
    assert places == [
        "PAYPATH_SCENARIOS__ENABLED",
        "PAYPATH_TIMEOUTS__DEFAULT",
        *(f"paypath.yaml:{n}" for n in numbers),
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=150)
@given(
    st.text(max_size=80)
    | st.recursive(
        st.sampled_from(
            [
                "environment",
                "paths",
                "b",
                "connector",
                "stripe",
                "identities",
                "lab",
                "no",
                "1",
                "~",
                "https://c",
                "30d",
            ]
        ),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
            | st.lists(
                st.tuples(
                    st.sampled_from(
                        [
                            "environment",
                            "paths",
                            "b",
                            "connector",
                            "url",
                            "stripe",
                            "identity",
                            "api_key",
                            "identities",
                            "certificate",
                            "in_use",
                            "listen",
                            "verify",
                            "codes",
                            "certificates",
                            "thresholds",
                        ]
                    ),
                    inner,
                ),
                max_size=3,
            ).map(lambda pairs: "{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}")
        ),
        max_leaves=12,
    )
)
def test_nothing_but_setup_errors(tmp_path: pathlib.Path, text: str) -> None:
    """Whatever stands in the file, it is loaded or refused with mistakes."""
    (tmp_path / "f.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        load_settings(tmp_path / "f.yaml", {})
    except SetupError as error:
        assert error.mistakes  # noqa: PT017 - both ways out are fine, and this is what the refusal promises


def test_a_proxy_leads_to_stripe_unless_told_otherwise(load: Load, tmp_path: pathlib.Path) -> None:
    """What is behind a connector: by default Stripe's API with the system's trust, and nothing where it is no proxy."""
    connector = load("paths: {b: {connector: {url: http://c:1, kind: proxy, credentials: 'a:b'}}}").paths[0].connector
    assert connector.upstream is not None
    assert (connector.upstream.url, connector.upstream.trust) == ("https://api.stripe.com", None)
    assert (str(connector.upstream.endpoint), connector.upstream.hop) == ("api.stripe.com:443", Hop.CONNECTOR_STRIPE)
    assert connector.credentials is not None
    assert load("paths: {b: {connector: {url: https://c}}}").paths[0].connector.upstream is None
    known = "identities: {envoy: {certificate: e.crt, private_key: e.key}}\n"
    behind = "upstream: {url: https://u:2, address: 'v:3', identity: envoy, trust: u.pem, health_path: /up}"
    upstream = load(f"{known}paths: {{b: {{connector: {{url: https://c}}, {behind}}}}}").paths[0].connector.upstream
    assert upstream is not None
    assert (str(upstream.endpoint), upstream.endpoint.server_name, upstream.health_path) == ("v:3", "u", "/up")
    assert upstream.identity is not None
    assert (upstream.identity.name, upstream.trust) == ("envoy", tmp_path / "u.pem")


def test_a_canary(load: Load) -> None:
    """What makes it safe to write to an API of one's own."""
    canary = "{tenant: canary, proof: {payment.test: true, mode: test}, proof_path: /mode}"
    text = f"paths: {{b: {{connector: {{url: https://c, kind: api, error_code: fault.no, canary: {canary}}}}}}}"
    connector = load(text).paths[0].connector
    assert connector.error_code_at == "fault.no"
    assert connector.api == OwnApi(
        canary_tenant="canary", proof={"payment.test": True, "mode": "test"}, proof_path="/mode"
    )


@pytest.mark.parametrize("address", ["kubernetes.default:443", "10.0.0.1", "10.0.0.1:0"])
def test_addresses_beside_the_paths(load: Load, address: str) -> None:
    """They are asked when no name may be looked up."""
    with pytest.raises(SetupError, match=r"self_check|no IP address with a port|not an address|not a port"):
        load(f"self_check: {{addresses: ['{address}']}}")
    assert load("self_check: {addresses: ['10.0.0.1:443']}").settings.self_check.addresses == ["10.0.0.1:443"]
