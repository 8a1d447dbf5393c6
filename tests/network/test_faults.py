"""Every outage of the network is named rightly with the timeouts as they come, and a bad network is no outage."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from probe.model.outcome import Failed, Passed, Unknown
from probe.model.run import Run
from tests.network.faults import FAULTS, HARDSHIPS, Fault, Hardship
from tests.network.long_chain import long_chain
from tests.network.stand import Stand
from tests.servers.material import Material


@pytest.fixture(scope="module")
def checked(pki: Material, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Run]:
    """Every row of both tables by name, each in networks of its own, all at the same time: they wait for nearly all of theirs."""

    def one(row: Fault | Hardship) -> Run:
        directory = tmp_path_factory.mktemp("stand")
        server = long_chain(directory, pki) if row.long_chain else None
        with Stand(directory, pki, server=server, by_name=row.by_name) as stand:
            row.inject(stand)
            return stand.check()

    rows = (*FAULTS, *HARDSHIPS)
    with ThreadPoolExecutor(len(rows)) as pool:
        return dict(zip((row.name for row in rows), pool.map(one, rows), strict=True))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_an_outage(fault: Fault, checked: Mapping[str, Run]) -> None:
    """Its reason, whom it blames, what it says; and one that is ours says nothing about the path."""
    outcome = checked[fault.name].outcome
    assert isinstance(outcome, Unknown if fault.unknown else Failed), outcome
    failure = outcome.failure
    told = f"{failure.reason}: {failure.summary} ({failure.evidence.detail})"
    assert (failure.reason, failure.blame) == (fault.here.reason, fault.here.blame), told
    assert fault.here.says in failure.summary, told


@pytest.mark.parametrize("hardship", HARDSHIPS, ids=lambda hardship: hardship.name)
def test_a_bad_network_is_no_outage(hardship: Hardship, checked: Mapping[str, Run]) -> None:
    """At the first try or at the second: the run has passed."""
    assert checked[hardship.name].outcome == Passed()
