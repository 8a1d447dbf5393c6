"""Every key of the configuration. What stands under a key is its documentation, also in the JSON Schema."""

from typing import Annotated, Final

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from probe.documents.fields import Duration, FilePath, Name, Text, number_schema, one_of, rate, whole
from probe.model.path import InUseKind, KeyFrom, ProofKind
from probe.model.replica import Charges
from probe.settings.addresses import AnyUrl, ListenAddress, ReferenceAddress
from probe.settings.connector import ConnectorKeys, Keys, UpstreamKeys
from probe.settings.cron import CronKeys
from probe.settings.fields import Account, Reasons, ShardText, TextOrMap, Thresholds, files_alone
from probe.settings.paging import MaintenanceKeys, PagesKeys
from probe.settings.promql import promql, ratio_alone
from probe.settings.secret_values import AdminToken, ApiKey, Password, WebhookSecret

HIGHEST_RATE: Final = 25.0
"""Requests per second that Stripe allows an account in test mode."""

Code = Annotated[int, BeforeValidator(whole(1, 999_999)), number_schema("integer", 1, 999_999)]
Places = Annotated[int, BeforeValidator(whole(1, 10_000)), number_schema("integer", 1, 10_000)]
Share = Annotated[float, BeforeValidator(rate(1)), number_schema("number", 0, 1, above=True)]
Rate = Annotated[float, BeforeValidator(rate(HIGHEST_RATE)), number_schema("number", 0, HIGHEST_RATE, above=True)]


class State(Keys):
    """What is remembered between runs."""

    directory: FilePath | None = None
    """History, latch and pager. Default: `$XDG_STATE_HOME/paypath` (root: `/var/lib/paypath`). Without a writable one no scenario that writes to Stripe runs."""


class StripeKeys(Keys):
    """Stripe through the connector, in test mode only."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "anyOf": [
                    {"required": ["api_key", "api_key_file"]},
                    {"required": ["webhook_secret", "webhook_secret_file"]},
                ]
            }
        }
    )

    key_from: Annotated[str, *one_of(*KeyFrom)] = KeyFrom.PROBE.value
    """`probe`: the key stands here. `connector`: it injects its own, and none may stand here."""
    api_key: ApiKey | None = None
    """A key of test mode (`sk_test_…`, `rk_test_…`); better in a file or a variable."""
    api_key_file: FilePath | None = None
    """A file that holds the key and nothing else."""
    account: Account | None = None
    """The account (`acct_…`) that must answer; not checked where it is left out."""
    requests_per_second: Rate = 2.0
    """How many requests a second the probe may send to Stripe; of paths with the same account the lowest holds, for all of them together."""
    webhook_secret: WebhookSecret | None = None
    """Signing secret (`whsec_…`) of the endpoint at Stripe that delivers to this probe's `listen.webhooks`, path `/webhooks/NAME`; better in a file or a variable."""
    webhook_secret_file: FilePath | None = None
    """A file that holds it and nothing else."""


class WebhookEndpointKeys(Keys):
    """The company's own endpoint for Stripe's webhooks: that it is told of payments, and refuses what Stripe has not signed."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["secret", "secret_file"]}})

    url: AnyUrl
    """As Stripe has it."""
    trust: FilePath | None = None
    """CA file or directory for its certificate; without it the system's trust store."""
    secret: WebhookSecret | None = None
    """Its signing secret (`whsec_…`), which only a `stale` webhook needs; better in a file or a variable."""
    secret_file: FilePath | None = None
    """A file that holds it and nothing else."""


class RealTrafficKeys(Keys):
    """What customers' own payments say of a path, for alert rules: a probe in test mode does not see everything."""

    success_ratio: Annotated[Text, BeforeValidator(promql)]
    """PromQL: the share of customers' payments that succeed, from 0 to 1. Of several series the worst counts."""
    red_below: Share = 0.9
    """Below this share customers are in trouble."""


class Links(Keys):
    """Where people find what alerts lead them to."""

    runbooks: AnyUrl | None = None
    """Where the pages of `paypath export runbooks` are published; default: their place in the project."""
    grafana: AnyUrl | None = None
    """Grafana's address; default: links to dashboards begin with `/d/`."""


class PathKeys(Keys):
    """One way to money."""

    connector: ConnectorKeys
    """The far end of the first hop."""
    upstream: UpstreamKeys | None = None
    """What stands behind the connector, probed as a second hop. With `kind: proxy` what it is asked to CONNECT to: Stripe's API without it."""
    stripe: StripeKeys | None = None
    """Stripe through that connector; without it only handshakes and http steps can run."""
    webhook: WebhookEndpointKeys | None = None
    """The company's own endpoint for Stripe's webhooks; without it no step looks at it."""
    real_traffic: Annotated[RealTrafficKeys, BeforeValidator(ratio_alone), TextOrMap()] | None = None
    """Customers' own payments, for `paypath export rules`: PromQL for the share that succeeds, from 0 to 1; or a map with `success_ratio` and `red_below` (default: 0.9)."""


class InUseKeys(Keys):
    """How to see which certificate the running service really holds."""

    kind: Annotated[str, *one_of(*InUseKind)]
    """Where to look."""
    url: AnyUrl | None = None
    """`envoy-admin`, `http-header` and `metric`: what to ask."""
    header: Text | None = None
    """`http-header`: the header that holds the fingerprint."""
    file: FilePath | None = None
    """`file-sha256`: the file that holds the fingerprint. `envoy-admin`: the certificate's file as Envoy names it, where that is not ours."""
    metric: Text | None = None
    """`metric`: its name, or `name{label="value"}` where the page has several."""


class ManagedProofKeys(Keys):
    """Where `managed_by` can be proven."""

    kind: Annotated[str, *one_of(*ProofKind)]
    """`cert-manager-metrics`: cert-manager's own metrics. `kubernetes`: the Certificate resource, which paypath must be allowed to read."""
    url: AnyUrl | None = None
    """`cert-manager-metrics`: the page with the metrics. `kubernetes`: another API server than that of the cluster paypath runs in."""
    namespace: Text
    """The namespace of the Certificate resource."""
    certificate: Text
    """The name of the Certificate resource."""


class IdentityKeys(Keys):
    """A client certificate, its chain and its key."""

    model_config = ConfigDict(
        json_schema_extra={"not": {"required": ["private_key_password", "private_key_password_file"]}}
    )

    certificate: FilePath
    """PEM file: the certificate, then its chain."""
    private_key: FilePath | None = None
    """PEM file; may be left out: then the certificate is watched, not used."""
    private_key_password: Password | None = None
    """Password of the private key; better in a file or a variable."""
    private_key_password_file: FilePath | None = None
    """A file that holds the password and nothing else."""
    managed_by: Text | None = None
    """What renews it, such as `cert-manager`; without it the certificate counts as unmanaged."""
    renew_before: Duration | None = None
    """How long before its end it is due to be renewed."""
    managed_proof: ManagedProofKeys | None = None
    """Where `managed_by` can be proven."""
    in_use: InUseKeys | None = None
    """How to see which certificate the running service really holds."""
    thresholds: Thresholds | None = None
    """Of this certificate; default: those of `certificates`."""


class WatchKeys(Keys):
    """Certificate files that no path uses by itself."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["password", "password_file"]}})

    files: Text
    """A file, a directory (every file in it) or a pattern with `*`."""
    password: Password | None = None
    """Of the PKCS#12 files among them; better in a file or a variable."""
    password_file: FilePath | None = None
    """A file that holds the password and nothing else."""
    path: Name | None = None
    """One of `paths`: the one that can only work as long as they do."""
    managed_by: Text | None = None
    """What renews them, such as `cert-manager`."""
    renew_before: Duration | None = None
    """How long before their end they are due to be renewed."""
    thresholds: Thresholds | None = None
    """Of these certificates; default: those of `certificates`."""


class Certificates(Keys):
    """Certificates that are watched."""

    watch: list[Annotated[WatchKeys, BeforeValidator(files_alone), TextOrMap()]] = Field(default=[])
    """Further certificates: a file, a directory or a pattern with `*`, or a map with more about it."""
    thresholds: Thresholds = Field(default=[30 * 86400.0, 14 * 86400.0, 7 * 86400.0, 2 * 86400.0])
    """One to eight times before the end, the longest first: ticket, ticket, page in working hours, page at any time; scaled for lifetimes of 100 days or less."""


class Scenarios(Keys):
    """Which scenarios run."""

    directory: FilePath | None = None
    """Where the scenario files are; default: the library that comes with paypath."""
    enabled: list[Text] | None = None
    """Names; default: all that fit the paths."""
    every: Duration | None = None
    """Overrides the interval of every scenario."""


class Concurrency(Keys):
    """How many runs of `paypath run` may be under way at once."""

    runs: Places = 256
    """Of the whole process. What is due and finds no place begins when one is free, or is missed (`late`) after half of its interval."""
    runs_per_path: Places = 8
    """Of one path, so that a dead one takes no place of the others."""


class SelfCheck(Keys):
    """How `paypath run` tells a sick network of its own from a sick path."""

    addresses: list[ReferenceAddress] = Field(default=[])
    """`IP:PORT`s that have nothing to do with the paths, such as the API server of the cluster: asked by TCP once a minute, and after a run that heard nothing. Where all that have answered are silent then, that run could not tell (`prober.offline`)."""


class Replicas(Keys):
    """What this process does of the work that several share."""

    shard: ShardText | None = None
    """`2/5`: the second of five shares of the paths. `auto/5`: the share of the pod's ordinal in a StatefulSet (`paypath-0` has 1/5). Default: all paths."""
    charges: Annotated[str, *one_of(*Charges)] = Charges.ALL.value
    """Who runs the scenarios that write to Stripe: `all` replicas, the `first` of a StatefulSet alone, or `none` of this kind, as for a sidecar. Handshakes and certificates are looked at by all."""


class AdminTlsKeys(Keys):
    """TLS, version 1.2 at least, for status page and API."""

    certificate: FilePath
    """PEM file: the server's certificate, then its chain."""
    private_key: FilePath
    """PEM file."""
    client_ca: FilePath | None = None
    """PEM file: only who has a client certificate of these CAs is let in."""


class Listen(Keys):
    """Addresses of `paypath run`."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["admin_token", "admin_token_file"]}})

    metrics: ListenAddress = "127.0.0.1:9464"
    """`/metrics`, `/healthz`, `/readyz`."""
    webhooks: ListenAddress | None = None
    """Where Stripe's webhooks come in, at `/webhooks/NAME` of a path with `stripe.webhook_secret`; without it none are taken. `paypath check` listens too, while it runs."""
    admin: ListenAddress | None = None
    """Status page and API. Off the loopback only with `admin_tls.client_ca` or a token. Default: the address of `metrics` where that is on the loopback and the page is not protected, else `127.0.0.1:9465`."""
    admin_tls: AdminTlsKeys | None = None
    """TLS, version 1.2 at least, for status page and API."""
    admin_token: AdminToken | None = None
    """What status page and API ask for, as a bearer token or as a password; 16 characters or more. Better in a file or a variable."""
    admin_token_file: FilePath | None = None
    """A file that holds the token and nothing else."""


class Timeouts(Keys):
    """How long to wait for the other side, phase by phase."""

    default: Duration = 5.0
    """Every phase that has none of its own."""
    dns: Duration | None = None
    """Looking up the name."""
    tcp: Duration | None = None
    """Connecting."""
    tls: Duration | None = None
    """The handshake."""
    accept: Duration | None = None
    """TLS 1.3: the other side's judgement on our certificate."""
    send: Duration | None = None
    """Sending the request."""
    wait: Duration | None = None
    """The first byte of the answer."""
    receive: Duration | None = None
    """The rest of the answer."""


class Configuration(BaseSettings):
    """The configuration of paypath. Every key is optional."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True, validate_default=False
    )

    environment: Text = "default"
    """Where the probe runs, such as `staging`; a label of every metric. `lab` is reserved: only where every connector is on the loopback."""
    location: Text | None = None
    """From where it looks; default: the host's name."""
    state: State = State()
    """What is remembered between runs."""
    paths: dict[Name, PathKeys] = Field(default={})
    """The ways to money, by name; `billing` is the usual one."""
    identities: dict[Name, IdentityKeys] = Field(default={})
    """Client certificates, by name."""
    certificates: Certificates = Certificates()
    """Certificates that are watched."""
    scenarios: Scenarios = Scenarios()
    """Which scenarios run."""
    concurrency: Concurrency = Concurrency()
    """How many runs of `paypath run` may be under way at once."""
    self_check: SelfCheck = SelfCheck()
    """How `paypath run` tells a sick network of its own from a sick path."""
    replicas: Replicas = Replicas()
    """What this process does of the work that several share."""
    listen: Listen = Listen()
    """Addresses of `paypath run`."""
    pages: PagesKeys = PagesKeys()
    """Pages sent by paypath itself, for where no Prometheus is."""
    cron: CronKeys | None = None
    """Where `paypath check` leaves its metrics: a Pushgateway, or node_exporter's textfile collector."""
    maintenance: list[MaintenanceKeys] = Field(default=[])
    """Times in which nobody is paged."""
    links: Links = Links()
    """Where people find what alerts lead them to."""
    timeouts: Timeouts = Timeouts()
    """How long to wait for the other side, phase by phase."""
    codes: dict[Reasons, Code] = Field(default={})
    """Reason, or family such as `tls.*` -> the number that your customers see; the longest match wins."""
