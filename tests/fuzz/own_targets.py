"""What reads the operator's own files and variables, held to its contract: facts, or a mistake in words."""

import contextlib
import pathlib
import tempfile
from collections.abc import Callable
from typing import Final

from probe.certificates.identity import read_identity
from probe.certificates.keys import KeyFileError, load_key
from probe.certificates.parse import MalformedPemError, certificates_from_pem
from probe.checks.templates import TemplateError, expand, find_names
from probe.documents.mistakes import SetupError
from probe.documents.tree import read_document
from probe.model.certificate import Source, SourceKind
from probe.model.path import Identity, Verify
from probe.model.secret import Secret
from probe.scenario.library import shipped_directory
from probe.scenario.load import load_scenario
from probe.settings.load import load_settings
from probe.tls.contexts import ContextCache, ContextError
from tests.fuzz.material import PASSWORD, made, rsa_keys
from tests.fuzz.peer_targets import judge, seen

FILE: Final = Source(SourceKind.FILE, "tls.crt")
_BETWEEN: Final = b"\n====\n"
_SCOPE: Final = {"saved": {"x": 1, "y": {"z": [1]}}, "run.id": "r"}


def pem(data: bytes) -> None:
    """A PEM file: certificates, or what it is instead in one line."""
    try:
        found = certificates_from_pem(data, source=FILE)
    except MalformedPemError as error:
        said = str(error)
    else:
        said = found[0].sha256
    assert said
    assert "\n" not in said


def key(data: bytes) -> None:
    """A key file, with and without a password; the reason never quotes it."""
    for password in (None, Secret(PASSWORD)):
        with contextlib.suppress(KeyFileError):
            load_key(data, password)


def identity(data: bytes) -> None:
    """Certificate and key as files, judged, and taken by OpenSSL where we find nothing wrong with them."""
    certificate, _, private = data.partition(_BETWEEN)
    with tempfile.TemporaryDirectory() as directory:
        files = [pathlib.Path(directory, name) for name in ("tls.crt", "tls.key")]
        for file, content in zip(files, (certificate, private), strict=True):
            file.write_bytes(content)
        wanted = Identity(
            name="billing", certificate=files[0], private_key=files[1], private_key_password=Secret(PASSWORD)
        )
        loaded = read_identity(wanted, pause=lambda _: None)
        judge(seen(identity=loaded.facts))
        if loaded.usable:
            ContextCache().client(Verify(), None, loaded.certificate_pem, loaded.key_pem, Secret(PASSWORD))


def trust(data: bytes) -> None:
    """A trust file and a CRL file for OpenSSL: a context, or why not."""
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory, "ca.pem")
        file.write_bytes(data)
        for verify in (Verify(), Verify(crl=file)):
            with contextlib.suppress(ContextError):
                ContextCache().client(verify, file)


def document(data: bytes) -> None:
    """A YAML text: a document, or its first syntax error."""
    with contextlib.suppress(SetupError):
        found = read_document(data.decode("utf-8", "replace"), "paypath.yaml")
        assert len(found.values) <= 200_000


def scenario(data: bytes) -> None:
    """A scenario: what to do, or every mistake with a place and a way out."""
    text = data.decode("utf-8", "replace")
    assert all(told.startswith("a.yaml:") for told in _told(lambda: load_scenario(text, "a.yaml")))


def settings(data: bytes) -> None:
    """A configuration file, and behind it variables, one in a line."""
    file_text, _, variables = data.partition(_BETWEEN)
    lines = variables.decode("utf-8", "surrogateescape").replace("\0", "").split("\n")
    environ = {name: value for name, _, value in (line.partition("=") for line in lines)}
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory, "paypath.yaml")
        file.write_bytes(file_text)
        assert all(_told(lambda: load_settings(file, environ)))


def _told(load: Callable[[], object]) -> list[str]:
    """The mistakes, at least one where it fails."""
    try:
        load()
    except SetupError as error:
        return [str(mistake) for mistake in error.mistakes] or [""]
    return []


def template(data: bytes) -> None:
    """A text with templates: expanded, or the template at fault."""
    written = data.decode("utf-8", "replace")
    for value in (written, {"a": [written, {written: written}]}):
        with contextlib.suppress(TemplateError):
            find_names(value)
            expand(value, _SCOPE)


def seeds() -> dict[Callable[[bytes], None], tuple[bytes, ...]]:
    """What to begin from."""
    client = made().client
    sealed = client.encrypted_key_pem(PASSWORD.encode())
    shipped = tuple(file.read_bytes() for file in sorted(shipped_directory().glob("*.yaml")))
    return {
        pem: (
            client.certificate_pem,
            made().root.certificate_pem + client.certificate_pem,
            client.certificate_pem.replace(b"\n", b"\n  "),
            client.certificate_pem.replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE"),
        ),
        key: (client.key_pem, sealed, *rsa_keys()),
        identity: tuple(client.certificate_pem + _BETWEEN + part for part in (client.key_pem, sealed)),
        trust: (made().root.certificate_pem, made().root.certificate_pem + made().root.crl()),
        document: (*shipped, b"a: &a [1, 'x', no, 0x10]\nb: *a\n? c\n: !!str d\n"),
        scenario: shipped,
        settings: (_CONFIGURATION,),
        template: (b"${saved.x}", b"a $${b} ${run.id} ${saved.y}", b"${"),
    }


_CONFIGURATION: Final = b"""\
environment: test
identities: {client: {certificate: a.crt, private_key: a.key}}
paths:
  billing:
    connector: {url: "https://localhost:8443", identity: client, trust: ca.pem, verify: {tls_min: "1.2"}}
    stripe: {key_from: connector}
timeouts: {dns: 1s}
codes: {tls.*: 5023}
certificates: {watch: [{files: "/etc/ssl/*.pem", renew_before: 30d}], thresholds: [30d, 14d]}
pages: {failures: 2, window: 30m, sinks: {chat: {kind: webhook, url: "https://x", format: json}}}
maintenance: [{begins: "2026-01-15T02:00:00Z", ends: "2026-01-15T03:00:00+01:00"}, {days: [mon], at: "02:00", lasts: 1h}]
cron: {every: 5m, textfile: /var/lib/a.prom}
====
PAYPATH_LISTEN__METRICS=127.0.0.1:9464
PAYPATH_CODES={"dns.nxdomain": 1}
PAYPATH_PATHS__BILLING__CONNECTOR__URL=https://x
PAYPATH_SCENARIOS__ENABLED=["a"]"""
