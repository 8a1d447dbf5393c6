"""Mistakes in what is said about the care of certificates."""

import pytest

from tests.settings.conftest import Load, Refuse

IDENTITY = "identities: {i: {certificate: c, %s}}"
PROOF = "managed_proof: {kind: %s, namespace: n, certificate: c%s}"


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        ("in_use: {kind: envoy-admin}", "`url` is missing: `envoy-admin` needs it"),
        ("in_use: {kind: http-header, url: 'http://a'}", "`header` is missing: `http-header` needs it"),
        ("in_use: {kind: http-header, header: a}", "`url` is missing: `http-header` needs it"),
        ("in_use: {kind: file-sha256}", "`file` is missing: `file-sha256` needs it"),
        ("in_use: {kind: metric, url: 'http://a'}", "`metric` is missing: `metric` needs it"),
        ("managed_by: a, " + PROOF % ("cert-manager-metrics", ""), "`url` is missing: `cert-manager-metrics` needs it"),
        ("managed_by: a, managed_proof: {kind: kubernetes, namespace: n}", "`certificate` is missing"),
        ("managed_by: a, managed_proof: {kind: kubernetes, certificate: n}", "`namespace` is missing"),
        (PROOF % ("kubernetes", ""), "`managed_by` is missing: `managed_proof` is to prove it"),
    ],
)
def test_what_a_kind_needs(refuse: Refuse, written: str, missing: str) -> None:
    """The missing key is named, at the place of the map that lacks it."""
    (mistake,) = refuse(IDENTITY % written)
    assert f": {missing}" in mistake
    assert mistake.startswith("paypath.yaml:1:")


def test_nothing_is_missing(load: Load) -> None:
    """Each rule's other side."""
    for written in (
        "in_use: {kind: http-header, url: 'http://a', header: b}",
        "managed_by: a, " + PROOF % ("cert-manager-metrics", ", url: 'http://cm:9402/metrics'"),
        "managed_by: a, " + PROOF % ("kubernetes", ""),
    ):
        assert load(IDENTITY % written).identities


@pytest.mark.parametrize("place", [IDENTITY % "%s", "certificates: {%s}", "certificates: {watch: [{files: f, %s}]}"])
@pytest.mark.parametrize("written", ["[]", "[1d, 2d]", "[2d, 2d]", "[9d, 8d, 7d, 6d, 5d, 4d, 3d, 2d, 1d]"])
def test_thresholds(refuse: Refuse, place: str, written: str) -> None:
    """One to eight, strictly descending, wherever they are written."""
    (mistake,) = refuse(place % f"thresholds: {written}")
    assert "`thresholds` must be one to eight durations, each shorter than the one before; write `[30d," in mistake


def test_thresholds_that_are_none(refuse: Refuse) -> None:
    """A wrong duration is told once."""
    (mistake,) = refuse("certificates: {thresholds: [30d, soon]}")
    assert "`soon` is not a duration" in mistake


def test_an_unknown_path_is_named(refuse: Refuse) -> None:
    """With the one that is meant."""
    (mistake,) = refuse(
        "paths: {billing: {connector: {url: 'https://c'}}}\ncertificates:\n  watch:\n    - {files: a, path: biling}"
    )
    assert mistake == "paypath.yaml:4:24: unknown path `biling`; did you mean `billing`?"
