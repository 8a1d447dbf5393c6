"""The whole life of a certificate file under a controlled clock, as metrics, warnings of runs, and exit status tell it."""

from datetime import timedelta
from typing import Final, NamedTuple

import pytest

from probe.catalogue.catalogue import load
from probe.certificates.stock import Stock as Judgement
from probe.lab.pki import Issued
from probe.model.path import Identity
from probe.model.watch import Proof
from probe.report import certs_nagios
from probe.report.certs import certificates_status
from probe.telemetry import certificates as metrics
from tests.certificates.stock import DAY, Stock

LIVES: Final = (6 * DAY, 47 * DAY, 90 * DAY, 398 * DAY)
RUNGS: Final = tuple(days * 86400.0 for days in (30, 14, 7, 2))
STEPS: Final = 400
LATE: Final = "certificate.renewal_overdue"
SOON: Final = "certificate.expiring"
GONE: Final = "certificate.expired"


class Told(NamedTuple):
    """What is said at one moment."""

    rung: str
    """Threshold and severity, as the gauge's labels."""
    attention: tuple[str, ...]
    warnings: tuple[str, ...]
    status: int
    """Of `paypath certs`."""
    plugin: int
    """The same with `--format nagios`."""
    fails: bool
    """Whether `check --fail-on-expiring` would."""


HEALTHY: Final = Told("", (), (), 0, 0, fails=False)
UNRENEWED: Final = (
    HEALTHY,
    Told("", (LATE,), (LATE,), 0, 1, fails=False),
    Told("30d ticket", (SOON, LATE), (SOON, LATE), 0, 1, fails=False),
    Told("14d ticket", (SOON, LATE), (SOON, LATE), 0, 1, fails=False),
    Told("7d page", (SOON, LATE), (SOON, LATE), 1, 2, fails=True),
    Told("48h page", (SOON, LATE), (SOON, LATE), 1, 2, fails=True),
    Told("", (GONE, LATE), (GONE, LATE), 1, 2, fails=True),
)


class Life:
    """A managed identity whose file is renewed with a third of its life left, as often as somebody says so."""

    def __init__(self, stock: Stock, lifetime: timedelta) -> None:
        """It is issued now."""
        self._stock, self.lifetime = stock, lifetime
        care = {"managed_by": "cert-manager", "renew_before_s": lifetime.total_seconds() / 3, "thresholds_s": RUNGS}
        self.identity: Identity = stock.identity(self._issue(), **care)
        path = stock.path(identity=self.identity)
        inventory = stock.inventory(paths=[path], identities=[self.identity])
        inventory.proved("billing", Proof(proven=True, detail="Ready"))
        self._judged = Judgement(inventory, load(), stock.clock)
        self._judged.scan()

    def renew(self) -> None:
        """Put a new one in place."""
        self.identity = self._stock.identity(self._issue())
        assert len(self._judged.scan()) == 1

    def ends(self) -> float:
        """The gauge of its notAfter, which is also that of the path."""
        self._judged.refresh()
        stand = self._judged.stand()
        ((end, labels),) = metrics.not_after(stand)
        assert labels == {"path": "billing", "role": "client", "name": "billing", "source": "file"}
        assert metrics.valid_until(stand, at=self._stock.clock.now()) == [(end, {"path": "billing"})]
        assert [value for value, _ in metrics.managed(stand)] == [1.0]
        return end

    def told(self) -> Told:
        """Now."""
        self._judged.refresh()
        stand, at = self._judged.stand(), self._stock.clock.now()
        rungs = [f"{labels['threshold']} {labels['severity']}" for _, labels in metrics.thresholds(stand)]
        return Told(
            rung=" ".join(rungs),
            attention=tuple(labels["reason"] for _, labels in metrics.attention(stand)),
            warnings=tuple(warning.reason for warning in self._judged.warnings("billing")),
            status=certificates_status(stand.judged, stand.judged),
            plugin=certs_nagios.render(stand.judged, at=at, known=True)[1],
            fails=bool(self._judged.paging()),
        )

    def _issue(self) -> Issued:
        now = self._stock.clock.now()
        return self._stock.root.issue("billing", not_before=now, not_after=now + self.lifetime, send_chain=False)


@pytest.mark.parametrize("lifetime", LIVES)
def test_renewals_that_go_well(stock: Stock, lifetime: timedelta) -> None:
    """Nobody hears a word for three generations, and the metrics have the new end at once."""
    life = Life(stock, lifetime)
    for _generation in range(3):
        end = life.ends()
        assert end == int((stock.clock.now() + lifetime).timestamp())
        for _moment in range(20):
            assert life.told() == HEALTHY
            stock.clock.advance(lifetime.total_seconds() * 2 / 3 / 20)
        assert life.told() == HEALTHY
        life.renew()
        assert life.ends() > end


@pytest.mark.parametrize("lifetime", LIVES)
def test_a_renewal_that_does_not_come(stock: Stock, lifetime: timedelta) -> None:
    """First that it is overdue, then each rung once and in its order, and nothing pages before the third."""
    life = Life(stock, lifetime)
    told = [life.told()]
    for _step in range(STEPS + 2):
        stock.clock.advance(lifetime.total_seconds() / STEPS)
        if (now := life.told()) != told[-1]:
            told.append(now)
    assert tuple(told) == UNRENEWED
