"""What the gauges say of certificates: out of the inventory, whatever runs do."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from probe.catalogue.catalogue import load
from probe.certificates.stock import Stand
from probe.classify.expiry import judge_all
from probe.model.certificate import Certificate, CertificateRole, Source, SourceKind
from probe.model.clock import FakeClock
from probe.model.watch import Care, Held, Proof, Sighting, WatchedCertificate
from probe.telemetry.certificates import CertificateReadings
from tests.support.metrics_page import Page
from tests.support.runs import ENDPOINT, NOW, make_attempt, make_certificate, make_handshake, make_run, make_step
from tests.telemetry.conftest import Start
from tests.telemetry.test_observer import NOT_AFTER, finish

RUNGS = tuple(days * 86400.0 for days in (30, 14, 7, 2))


def entry(
    certificate: Certificate,
    *sources: Source,
    path: str | None = "billing",
    name: str = "billing",
    ours: bool = False,
    care: Care | None = None,
) -> WatchedCertificate:
    """One certificate of an inventory, seen at its own source and at `sources`."""
    seen = tuple(Sighting(source, NOW, Held.PEER) for source in (certificate.source, *sources))
    care = care or Care(thresholds_s=RUNGS)
    return WatchedCertificate(
        path=path, name=name, certificate=certificate, seen=seen, ours=ours, relied_on=True, care=care
    )


def page_of(start: Start, *entries: WatchedCertificate, at: datetime = NOW) -> Page:
    """The page of a process that knows these, and has not finished a single run."""
    bench = start()
    bench.telemetry.observer.watch(lambda: Stand(judge_all(entries, load(), at=at), (("billing", "billing", True),)))
    return bench.page()


def days_left(page: Page) -> dict[tuple[str, str, str], float]:
    """By role, name and source."""
    return {
        (s.labels["role"], s.labels["name"], s.labels["source"]): (s.value - NOW.timestamp()) / 86400
        for s in page.samples(NOT_AFTER)
    }


def test_each_kind_of_place_is_a_series(start: Start) -> None:
    """Identity, server and chain; what is seen in a file and on the wire is both."""
    intermediate = make_certificate(CertificateRole.INTERMEDIATE, name="CA", not_after=NOW + timedelta(days=365))
    server = make_certificate(CertificateRole.SERVER, not_after=NOW + timedelta(days=10))
    file = Source(SourceKind.FILE, "/etc/paypath/ca.pem")
    page = page_of(start, entry(make_certificate()), entry(server, name="b.internal"), entry(intermediate, file))
    assert days_left(page) == {
        ("client", "billing", "file"): 30,
        ("server", "b.internal", "wire"): 10,
        ("intermediate", "billing", "wire"): 365,
        ("intermediate", "billing", "file"): 365,
    }
    not_before = page.value("paypath_certificate_not_before_timestamp_seconds", role="client")
    assert not_before == pytest.approx((NOW - timedelta(days=60)).timestamp())


def test_of_certificates_in_one_series_the_narrowest_counts(start: Start) -> None:
    """Two intermediates share a series: it says the first end and the last start."""

    def ca(name: str, since: int, left: int) -> WatchedCertificate:
        begins, ends = NOW - timedelta(days=since), NOW + timedelta(days=left)
        return entry(make_certificate(CertificateRole.INTERMEDIATE, name=name, not_before=begins, not_after=ends))

    page = page_of(start, ca("A", 10, 200), ca("B", 20, 100))
    assert page.value(NOT_AFTER, role="intermediate") == pytest.approx((NOW + timedelta(days=100)).timestamp())
    not_before = page.value("paypath_certificate_not_before_timestamp_seconds", role="intermediate")
    assert not_before == pytest.approx((NOW - timedelta(days=10)).timestamp())


def test_a_watched_file_belongs_to_no_path(start: Start) -> None:
    """Its label is empty, as Prometheus takes an absent one."""
    page = page_of(start, entry(make_certificate(), path=None, name="/etc/ssl/billing/a.pem"))
    assert page.value(NOT_AFTER, path="", name="/etc/ssl/billing/a.pem") > 0
    assert page.samples("paypath_path_valid_until_timestamp_seconds") == []


def test_a_claim_of_management_is_no_proof(start: Start) -> None:
    """1 only where it is proven; a certificate of others has no such series at all."""

    def managed(care: Care, *, ours: bool = True) -> list[float]:
        page = page_of(start, entry(make_certificate(), ours=ours, care=replace(care, thresholds_s=RUNGS)))
        return [sample.value for sample in page.samples("paypath_certificate_managed", name="billing")]

    proven, refuted = Proof(proven=True, detail="Ready"), Proof(proven=False, detail="another end")
    assert managed(Care(managed_by="cert-manager", proof=proven)) == [1]
    assert managed(Care(managed_by="cert-manager", proof=refuted)) == [0]
    assert managed(Care(managed_by="cert-manager")) == [0]
    assert managed(Care()) == [0]
    assert managed(Care(), ours=False) == []


@pytest.mark.parametrize(
    ("left", "threshold", "severity"),
    [(20, "30d", "ticket"), (10, "14d", "ticket"), (6, "7d", "page"), (1, "48h", "page")],
)
def test_the_rung_it_stands_in(start: Start, left: int, threshold: str, severity: str) -> None:
    """One series, by the rung's own name: an alert need not know how a ladder scales."""
    certificate = make_certificate(not_before=NOW - timedelta(days=365), not_after=NOW + timedelta(days=left))
    page = page_of(start, entry(certificate))
    (sample,) = page.samples("paypath_certificate_threshold")
    assert (sample.value, sample.labels["threshold"], sample.labels["severity"]) == (1, threshold, severity)
    (sample,) = page.samples("paypath_certificate_attention")
    assert (sample.labels["reason"], sample.labels["severity"]) == ("certificate.expiring", severity)
    end = page.value("paypath_path_valid_until_timestamp_seconds", path="billing")
    assert end == pytest.approx(certificate.not_after.timestamp())


def test_a_healthy_certificate_stands_in_none(start: Start) -> None:
    """The series is absent, not 0."""
    page = page_of(start, entry(make_certificate(not_after=NOW + timedelta(days=300))))
    assert page.samples("paypath_certificate_threshold") == []
    assert page.samples("paypath_certificate_attention") == []


def test_all_of_it_is_there_before_the_first_run(start: Start) -> None:
    """An identity's files are known before anything is probed."""
    assert page_of(start).value("paypath_identity_usable", path="billing", name="billing") == 1


def test_a_run_adds_the_identity_for_a_proxy(start: Start) -> None:
    """By its own name, as that leg read it."""
    leg = make_handshake()
    page = finish(
        start(), make_run((make_step(attempts=(make_attempt(observation=replace(make_handshake(), proxy=leg)),)),))
    )
    assert page.value("paypath_identity_usable", path="billing", name="billing") == 1
    assert ENDPOINT.server_name not in {s.labels["name"] for s in page.samples("paypath_identity_usable")}


def test_a_judgement_is_read_once_for_all_gauges() -> None:
    """At a thousand paths that is most of what a page costs; another judgement is read anew."""
    readings = CertificateReadings(FakeClock(NOW))
    assert readings.now().not_after == []
    stand = Stand(())
    readings.stand = lambda: stand
    first = readings.now()
    assert readings.now() is first
    readings.stand = Stand
    assert readings.now() is not first
