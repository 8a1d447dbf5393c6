"""The `OTEL_*` variables, read by us first: the SDK answers a wrong one with a traceback, a default, or silence."""

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Final

from probe.documents.mistakes import Mistake, Place, SetupError
from probe.model.secret import Secret
from probe.redact.leaving import learned
from probe.settings.proxies import proxy_mistakes
from probe.settings.span_limits import AT_MOST, TOO_LARGE, countable, limit_mistakes
from probe.settings.surroundings import live_key_mistakes
from probe.telemetry.headers import HOW_TO_WRITE, UnreadableError, read_headers
from probe.telemetry.names import SIGNALS

_DEFAULT_ENDPOINT: Final = "http://localhost:4318"
_DEFAULT_TIMEOUT_S: Final = 10.0
_MILLISECONDS_FROM: Final = 100.0
_COMPRESSIONS: Final = ("none", "gzip", "deflate")
_NUMBERS: Final = (
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_METRIC_EXPORT_TIMEOUT",
)
_PROVIDER: Final = "OTEL_PYTHON_EXPORTER_OTLP_HTTP_{}CREDENTIAL_PROVIDER"
_PLUGINS: Final = "opentelemetry_otlp_credential_provider"
_CHOICES: Final = {
    "OTEL_TRACES_SAMPLER": (
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ),
    "OTEL_METRICS_EXEMPLAR_FILTER": ("always_on", "always_off", "trace_based"),
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": ("cumulative", "delta", "lowmemory"),
    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": (
        "explicit_bucket_histogram",
        "base2_exponential_bucket_histogram",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OtlpTarget:
    """Where and how one signal is exported."""

    endpoint: str
    """Full URL with the signal's path."""
    headers: Mapping[str, str]
    timeout_s: float
    compression: str
    certificate: str | None
    client_certificate: str | None
    client_key: str | None
    provided: bool = False
    """Whether a credential provider of the operator's makes the requests, a plugin of the SDK's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtlpTargets:
    """What is exported over OTLP; None where a signal is not."""

    traces: OtlpTarget | None = None
    metrics: OtlpTarget | None = None


def read_variables(environ: Mapping[str, str]) -> OtlpTargets:
    """Decide from the standard variables what is exported where.

    A signal is exported where an endpoint is configured for it (or `OTEL_TRACES_EXPORTER=otlp` asks for the default
    one), unless its exporter is `none` or `OTEL_SDK_DISABLED` is `true`. Raises `SetupError` with every mistake found.
    """
    reader = _Reader(environ)
    reader.check_keys()
    if not reader.mistakes and reader.value("OTEL_SDK_DISABLED").lower() == "true":
        return OtlpTargets()
    reader.check_numbers()
    reader.check_choices()
    targets = {signal: reader.target(signal) for signal in SIGNALS}
    if reader.mistakes:
        raise SetupError(reader.mistakes)
    return OtlpTargets(traces=targets["traces"], metrics=targets["metrics"])


def _secret(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers, whose values, and the token behind a scheme, no output holds from now on."""
    for value in headers.values():
        learned(Secret(value))
        learned(Secret(value.rpartition(" ")[2]))
    return headers


_TALLIED: Final = {
    "OTEL_METRICS_EXEMPLAR_FILTER": "trace_based",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "cumulative",
    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": "explicit_bucket_histogram",
    "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": "false",
}


def needs_sdk(environ: Mapping[str, str]) -> bool:
    """Whether counters and histograms are wanted in a form that `probe.telemetry.tally` does not have."""
    reader = _Reader(environ)
    return any(reader.value(name).lower() not in {"", usual} for name, usual in _TALLIED.items())


class _Reader:
    """Reads variables and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.mistakes: list[Mistake] = []

    def value(self, name: str) -> str:
        """A variable; an empty one counts as unset, as the specification says."""
        return self._environ.get(name, "").strip()

    def check_keys(self) -> None:
        """No live-mode key, in any of them, nor in what the exporter's HTTP takes from the environment besides: its proxies, which can be read."""
        self.mistakes.extend(live_key_mistakes(self._environ))
        told = {mistake.file for mistake in self.mistakes}
        self.mistakes.extend(mistake for mistake in proxy_mistakes(self._environ) if mistake.file not in told)

    def check_numbers(self) -> None:
        for name in _NUMBERS:
            text = self.value(name)
            if text and not (text.isascii() and text.isdecimal() and text.strip("0")):
                self._mistake(name, f"`{text}` is not a number of milliseconds or items above 0", "write digits only")
            elif text and not countable(text):
                self._mistake(name, TOO_LARGE, AT_MOST)
        self.mistakes.extend(limit_mistakes(self._environ))
        queue, batch = self.value("OTEL_BSP_MAX_QUEUE_SIZE"), self.value("OTEL_BSP_MAX_EXPORT_BATCH_SIZE")
        if not self.mistakes and int(batch or 512) > int(queue or 2048):
            self._mistake(
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
                f"{batch or 512} is more than OTEL_BSP_MAX_QUEUE_SIZE ({queue or 2048})",
                "make the queue at least as large as a batch",
            )

    def check_choices(self) -> None:
        for name, choices in _CHOICES.items():
            text = self.value(name)
            if text and text.lower() not in choices:
                self._mistake(name, f"`{text}` is not known", f"one of {', '.join(choices)}")
        if "ratio" in self.value("OTEL_TRACES_SAMPLER"):
            self._fraction("OTEL_TRACES_SAMPLER_ARG")

    def target(self, signal: str) -> OtlpTarget | None:
        """Where a signal goes; None where it is not exported."""
        wanted = self._exporters(f"OTEL_{signal.upper()}_EXPORTER", signal)
        name, endpoint = self._endpoint(signal)
        if wanted is False or (wanted is None and not endpoint):
            return None
        endpoint = endpoint or f"{_DEFAULT_ENDPOINT}/v1/{signal}"
        self._check_url(name, endpoint)
        protocol_name, protocol = self._either(signal, "PROTOCOL")
        if protocol not in {"", "http/protobuf"}:
            self._mistake(
                protocol_name,
                f"`{protocol}` is not supported",
                "use http/protobuf, by which collectors listen on port 4318",
            )
        compression_name, compression = self._either(signal, "COMPRESSION")
        if (compression or "none").lower() not in _COMPRESSIONS:
            self._mistake(compression_name, f"`{compression}` is not known", f"one of {', '.join(_COMPRESSIONS)}")
        return OtlpTarget(
            endpoint=endpoint,
            headers=self._headers(*self._either(signal, "HEADERS")),
            timeout_s=self._timeout_s(*self._either(signal, "TIMEOUT")),
            compression=(compression or "none").lower(),
            certificate=self._file(signal, "CERTIFICATE"),
            client_certificate=self._file(signal, "CLIENT_CERTIFICATE"),
            client_key=self._file(signal, "CLIENT_KEY"),
            provided=self._provided(signal),
        )

    def _exporters(self, name: str, signal: str) -> bool | None:
        """Whether the signal is to be exported over OTLP; None where the variable says nothing."""
        text = self.value(name)
        if not text:
            return None
        # Prometheus' page is always there, so asking for it too is no mistake.
        known = {"otlp", "none"} | ({"prometheus"} if signal == "metrics" else set())
        asked = {part.strip().lower() for part in text.split(",")}
        if not asked <= known:
            self._mistake(name, f"`{text}` is not supported", f"one of {', '.join(sorted(known))}")
        return "otlp" in asked

    def _either(self, signal: str, what: str) -> tuple[str, str]:
        """The signal's own variable where it is set, else the common one: its name and value."""
        own = f"OTEL_EXPORTER_OTLP_{signal.upper()}_{what}"
        text = self.value(own)
        return (own, text) if text else (f"OTEL_EXPORTER_OTLP_{what}", self.value(f"OTEL_EXPORTER_OTLP_{what}"))

    def _endpoint(self, signal: str) -> tuple[str, str]:
        """A signal's own endpoint is used as it is; to the common one the signal's path is added (OTLP specification)."""
        name, text = self._either(signal, "ENDPOINT")
        if text and name == "OTEL_EXPORTER_OTLP_ENDPOINT":
            text = f"{text.removesuffix('/')}/v1/{signal}"
        return name, text

    def _check_url(self, name: str, url: str) -> None:
        try:
            parts = urllib.parse.urlsplit(url)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            good = False
        if not good:
            self._mistake(name, "this is not a URL to send to", "write it like http://collector:4318")

    def _headers(self, name: str, text: str) -> Mapping[str, str]:
        try:
            return _secret(read_headers(text))
        except UnreadableError as error:
            self._mistake(name, str(error), HOW_TO_WRITE)
            return {}

    def _timeout_s(self, name: str, text: str) -> float:
        """Seconds. The specification says milliseconds, other Python programs read seconds: no sane value is both."""
        if not text:
            return _DEFAULT_TIMEOUT_S
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 < value < float("inf"):
            self._mistake(name, f"`{text}` is not a time above 0", "write milliseconds, like 10000")
            return _DEFAULT_TIMEOUT_S
        return value / 1000 if value >= _MILLISECONDS_FROM else value

    def _fraction(self, name: str) -> None:
        text = self.value(name)
        try:
            good = not text or 0 <= float(text) <= 1
        except ValueError:
            good = False
        if not good:
            self._mistake(name, f"`{text}` is not a fraction", "write a number from 0 to 1, like 0.25")

    def _file(self, signal: str, what: str) -> str | None:
        name, text = self._either(signal, what)
        if not text:
            return None
        try:
            with open(text, "rb"):  # noqa: PTH123 - only whether it can be opened; the exporter reads it
                return text
        except OSError as error:
            self._mistake(name, f"{text} cannot be read: {error.strerror}", "name a readable PEM file")
            return None

    def _provided(self, signal: str) -> bool:
        """Whether a plugin makes the requests. As the SDK does it: the common variable goes before the signal's own, and its blanks count."""
        common, own = _PROVIDER.format(""), _PROVIDER.format(f"{signal.upper()}_")
        if not any(map(self.value, (common, own))):
            return False
        name = common if self._environ.get(common) else own
        if not entry_points(group=_PLUGINS, name=self._environ[name]):
            message = f"no plugin of this name is installed beside paypath (an entry point of the group `{_PLUGINS}`)"
            self._mistake(name, message, "install the package that has it, or unset the variable")
        return True

    def _mistake(self, name: str, message: str, hint: str) -> None:
        self.mistakes.append(Mistake.at(Place(name), name, message, hint))
