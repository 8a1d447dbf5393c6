"""docs/security.md says which permissions of a restricted key are enough; with one less it is told which."""

import pathlib
import re

import pytest

from tests.e2e.open_lab import OpenLab
from tests.e2e.processes import paypath
from tests.project.locks import ROOT

_TABLE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8").split("<!-- permissions: ")[1].split("<!-- end")[0]
PERMISSIONS = frozenset(re.findall(r"`(rak_\w+)`", _TABLE))


@pytest.fixture
def lab(tmp_path: pathlib.Path) -> OpenLab:
    """Not started yet."""
    return OpenLab(tmp_path)


def test_these_are_enough(lab: OpenLab, tmp_path: pathlib.Path) -> None:
    """Every scenario of the library passes, and the sweep looks at everything."""
    with lab:
        lab.restrict(PERMISSIONS)
        every = lab.configured(tmp_path / "all.yaml", scenarios={})
        checked = paypath("check", "--config", every, "--format", "json", cwd=tmp_path)
        swept = paypath("sweep", "--config", every, "--older-than", "0s", cwd=tmp_path)
    told = [
        (run["scenario"], run["failure"] and run["failure"]["summary"])
        for run in checked.json_lines()
        if run["outcome"] != "passed"
    ]
    assert told == []
    assert checked.status == 0
    assert len(checked.json_lines()) > 20
    assert swept.status == 0, swept.out + swept.err
    assert "rak_" not in swept.out + swept.err


@pytest.mark.parametrize("missing", ["rak_charge_write"])
def test_one_less_is_told_by_its_name(lab: OpenLab, tmp_path: pathlib.Path, missing: str) -> None:
    """As Stripe's own words say it; the outcome is unknown, since it is our key."""
    with lab:
        lab.restrict(PERMISSIONS - {missing})
        checked = paypath("check", "card-charge", "--config", lab.config, "--format", "json", cwd=tmp_path)
    (run,) = checked.json_lines()
    assert (checked.status, run["failure"]["reason"]) in {(1, "charge.refund_failed"), (3, "stripe.permission_error")}
    assert missing in run["failure"]["summary"] + run["failure"]["evidence"]["detail"]
