"""What reads watched files of any format, revocation lists and our own history, held to its contract."""

import dataclasses
import pathlib
import tempfile
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs7, pkcs12

from probe.certificates.formats import read_contents, refused_by_head
from probe.history.last import Where
from probe.history.latches import Latch
from probe.history.store import FILE_NAME, History
from probe.history.totals import Total
from probe.history.trouble import HistoryError
from probe.model.certificate import Source, SourceKind
from probe.model.paging import Named, Page, PageAction
from probe.model.secret import Secret
from probe.model.watch import Held, Rotation, Sighting, WatchedCertificate
from probe.tls.revocation import Lists
from tests.fuzz.material import NOW, PASSWORD, made
from tests.support.runs import make_certificate, make_failed_run, make_failure

FILE: Final = Source(SourceKind.FILE, "/etc/billing/store")
SEEN: Final = WatchedCertificate(
    path="billing",
    name="connector",
    certificate=make_certificate(),
    seen=(Sighting(make_certificate().source, NOW, Held.PEER),),
)
ROTATION: Final = Rotation("billing", NOW, make_certificate(), make_certificate())
WHERE: Final = Where(scenario="mtls-handshake", path="billing", environment="staging", location="here")
GROWN: Final = Total(metric="paypath.runs", labels=(("outcome", "passed"),), bounds=(1.0,), counts=(2, 3), amount=5.0)
_NAMED: Final = Named(
    code=5023,
    reason="tls.client_cert.expired",
    headline="client certificate expired",
    summary="It expired.",
    hop="probe-connector",
    blame="ours",
    confidence="proven",
    runbook="docs/runbooks/client-certificate.md",
)
PAGE: Final = Page(
    action=PageAction.TRIGGER,
    environment="staging",
    location="here",
    path="billing",
    dedup_key="paypath/staging/billing/connection",
    scenarios=("card-charge",),
    opened_at=NOW,
    at=NOW,
    opened=_NAMED,
    named=_NAMED,
)
LATCH: Final = Latch(path="billing", run_id="0" * 32, set_at=NOW, because="livemode: true")


def contents(data: bytes) -> None:
    """A watched file of any format (DER, PKCS#7, PKCS#12, a kubeconfig, PEM): what it holds, and its faults in one line each."""
    refused_by_head(data, len(data))
    for password in (None, Secret(PASSWORD)):
        read = read_contents(data, source=FILE, password=password)
        told = "".join((*read.faults, read.other or "", *(one.what + one.file for one in read.references)))
        assert "\n" not in told
        assert PASSWORD not in told
        told.encode()
        assert all(found.certificate.sha256 and found.certificate.not_after.tzinfo for found in read.found)


def crl(data: bytes) -> None:
    """A CRL file as PEM: what its lists say of a chain, whatever else OpenSSL makes of it."""
    root, server, client = made().ders
    for chain in ([server, root], [client, root], [root]):
        said = Lists(data).said_of(chain, NOW)
        assert all(chain[one.depth] == one.der for one in said)


def history(data: bytes) -> None:
    """A history file: everything that is asked of it is answered, or `HistoryError`."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        (directory / FILE_NAME).write_bytes(data)
        told = FILE_NAME
        try:
            use(directory)
        except HistoryError as error:
            told = str(error)
        assert FILE_NAME in told


def use(directory: pathlib.Path) -> None:
    """Everything that is asked of a history."""
    kept = History.open(directory)
    try:
        kept.latch("billing")
        kept.runs(since=NOW - timedelta(days=1))
        kept.set_latch(LATCH)
        kept.clear_latch("billing", reason="x", at=NOW)
        kept.record(make_failed_run(make_failure()))
        kept.forget(now=NOW)
        kept.remembered()
        kept.remember([SEEN])
        kept.rotations(since=NOW - timedelta(days=1))
        kept.record_rotation(ROTATION)
        kept.last_known(WHERE, since=NOW - timedelta(days=1))
        kept.add_totals([GROWN], at=NOW)
        kept.turn("billing", lambda state: (state, [PAGE]), sinks=["chat"])
        kept.paths()
        for waiting in kept.take(["chat"], now=NOW):
            kept.postpone(waiting, until=NOW)
        kept.next_due(["chat"])
        kept.pages(since=NOW - timedelta(days=1))
    finally:
        kept.close()


def sound_history() -> bytes:
    """The bytes of a history with a latch, a certificate, a rotation and a run."""
    with tempfile.TemporaryDirectory() as name:
        kept = History.open(pathlib.Path(name))
        kept.set_latch(LATCH)
        kept.remember([SEEN])
        kept.record_rotation(ROTATION)
        kept.record(dataclasses.replace(make_failed_run(), started_at=NOW))
        kept.add_totals([GROWN], at=NOW)
        kept.turn("billing", lambda state: (state, [PAGE]), sinks=["chat"])
        kept.close()
        return pathlib.Path(name, FILE_NAME).read_bytes()


def seeds() -> dict[Callable[[bytes], None], tuple[bytes, ...]]:
    """What to begin from."""
    client, root = made().client, made().root
    chain = [client.certificate, root.issued.certificate]
    sealed = BestAvailableEncryption(PASSWORD.encode())
    store = pkcs12.serialize_key_and_certificates(b"billing", client.key, chain[0], chain[1:], sealed)
    lists = root.crl([client.certificate]) + root.crl()
    der = x509.load_pem_x509_crl(root.crl([client.certificate])).public_bytes(Encoding.DER)
    return {
        contents: (
            *made().ders,
            der,
            store,
            pkcs7.serialize_certificates(chain, Encoding.DER),
            pkcs7.serialize_certificates(chain, Encoding.PEM),
            client.certificate_pem + lists,
            _KUBECONFIG,
        ),
        crl: (lists, lists + client.certificate_pem),
        history: (sound_history(),),
    }


_KUBECONFIG: Final = b"""\
apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://x", certificate-authority: /etc/ca.pem}}]
users: [{name: b, user: {client-certificate: client.pem, client-key-data: AAAA}}]
"""
