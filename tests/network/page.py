"""Write `docs/network.md` from the tables of faults: `python -m tests.network.page`, or `--check` whether it is in step.

What was measured stands between marks of its own, which the measurements rewrite.
"""

import pathlib
import sys
from collections.abc import Sequence
from typing import Final

from tests.network.faults import FAULTS, HARDSHIPS, Fault

PAGE: Final = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "network.md"
DETECTION: Final = "make soak-network"
HEALTHY: Final = "make soak-healthy"
NOTHING_YET: Final = "Not measured yet."

_INTRODUCTION: Final = """\
# When the network is at fault

<!-- The tables of faults are written by `python -m tests.network.page`. Change `tests/network/faults.py`, not this page. -->

What `paypath` says of each way in which a network breaks, how soon it says so, and what it takes a bad network for. All of it is tried in
networks that the tests make themselves: a prober, a router and a connector (nginx with a required client certificate) in three network
namespaces, with iptables, `tbf` and a relay of packets between them. `make test` puts every row of the first two tables into networks of
its own, with every timeout as it comes (5 s for each phase, one repetition), and holds the run to it.

## What is said

{outages} outages. Where our OpenSSL is 3.5 or newer, its ClientHello takes two packets. Where a wait runs out, the kernel is asked what became of the packets (`TCP_INFO`), and the summary says it: that nothing was
acknowledged, that only large packets are lost (MTU), or that a machine took all of it and its process is silent. The network is blamed where
packets are known to be lost; where both are possible, both are said. A connection that is refused by ICMP is told with the address that refuses it and its words. What our own machine lacks is no failure of the path: *unknown*, exit status 3, no page.

"""

_BETWEEN: Final = """\
## A bad network is no outage

In each of these the run must pass, at its first try or its second.

"""

_MEASURED: Final = """\
## How long it takes

With every setting as it comes: `mtls-handshake` every 30 s, give or take a tenth, 5 s for each phase, one repetition of what may pass by itself, a
page after two failed runs in a row. So an outage that is answered at once (refused, unreachable) has failed a run 34 s after it began and is paged
after 67 s at the latest; one that is silence takes two waits of 5 s more: 44 s and 77 s. `scenarios.every` and `timeouts` change both in
proportion. What a certificate proves is paged by the first run.

`make soak-network` measures it: `paypath run` in each of these networks, the outage put in right after a run has passed (the worst moment), the
metrics page read every half second, a webhook that takes the page.

{detection}

## How often a healthy path is called down

`make soak-healthy` makes a hundred thousand runs against a healthy nginx that requires a client certificate, and thousands of them over a network of 300 ms
there and back whose packets overtake each other and of which 2 % are lost each way, charges among them; none may fail. On a busy machine it makes fewer in its time, and the relay hands packets on late: the last
column says by how much, and a network that is seconds late is no longer the one that was meant.

{healthy}

Why none should: a lost SYN is sent again after 1 s and 3 s (the kernel's times), so that only three losses in a row outlast the 5 s of the phase: at 2 % each way one
connection in 15,000. Once connected a loss costs three round trips or less. What runs out all the same is tried once more in the same run where the first try took less than half of
its deadline, and a page needs two runs.
Where a round trip takes longer than half a second, give the phases more time (`timeouts.default`).

The handshakes over the bad network were run by themselves, with the same code. In the run before, beside the hundred thousand and on a machine with a load of 11, three of 5,022 did not pass: the relay was up to 1.3 s late
then, and the network so much worse. Since then the command runs one after the other.

## What was found

| found | what it did | since then |
|---|---|---|
| 300 paths on a machine whose processors were taken by others | 204 of 57,236 healthy runs failed with `connector.timeout`: answer and limit were there in the same turn of the loop, and the limit won; or the deadline had passed before anything was asked | what has arrived in time counts; a deadline that this process lost is `prober.deadline`, unknown |
| packets dropped after the connection was made, and an MTU black hole | `tls.handshake_timeout`, with the connector blamed | the kernel's account of the packets decides who is blamed |
| an access list, a missing route and a dead machine | one sentence for all three: *there is no route* | who refuses it by ICMP is named, with its words |
| a name server that does not answer | c-ares went on asking after the lookup had been given up | the lookup ends with its resolver |

## Where it ends

- A process that hangs and a network that loses only its large answers look alike where the whole answer is one packet: the summary names both.
- TCP's own answer to a black hole, `net.ipv4.tcp_mtu_probing`, is off unless somebody turns it on; it is the connector's kernel that would need it.
- What the kernel tells is Linux's (5.4 and later). Elsewhere, and in a tunnel through a proxy, the summary leaves it out.
- Who refuses a connection by ICMP, and in which words, the kernel tells for handshakes (IPv4 and IPv6, Linux). A refusal by TCP reset names nobody: the connector's machine and a
  firewall look alike.
"""


def render(before: str) -> str:
    """The page; its figures are taken from what it was before."""
    tables = "\n".join([*_outages(), "", _BETWEEN.rstrip(), "", *(f"- {one.name}" for one in HARDSHIPS)])
    measured = _MEASURED.format(detection=_figures(before, DETECTION), healthy=_figures(before, HEALTHY))
    return f"{_INTRODUCTION.format(outages=len(FAULTS))}{tables}\n\n{measured}"


def _outages() -> list[str]:
    rows = ["| outage | what is said | who is blamed | in so many words |", "| --- | --- | --- | --- |"]
    return [*rows, *(row for fault in FAULTS for row in _rows(fault))]


def _rows(fault: Fault) -> list[str]:
    said = f"`{fault.reason}`" + (" (unknown)" if fault.unknown else "")
    who = "nobody" if fault.unknown else fault.blame
    rows = [f"| {fault.name} | {said} | {who} | {f'… {fault.says} …' if fault.says else ''} |"]
    if fault.large_hello is not None:
        large = fault.large_hello
        rows.append(
            f"| the same, our ClientHello in two packets | `{large.reason}` | {large.blame} | … {large.says} … |"
        )
    return rows


def _marks(which: str) -> tuple[str, str]:
    return f"<!-- figures: written by `{which}` -->", f"<!-- end of figures of `{which}` -->"


def _figures(page: str, which: str) -> str:
    begin, end = _marks(which)
    kept = page.partition(begin)[2].partition(end)[0].strip()
    return f"{begin}\n\n{kept or NOTHING_YET}\n\n{end}"


def with_figures(page: str, figures: str, which: str) -> str:
    """The page with one of its measurements replaced. Raises ValueError where it has no place for it."""
    begin, end = _marks(which)
    before, there, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not there or not closed:
        raise ValueError(f"{PAGE} has no lines {begin!r} and {end!r}")
    return f"{before}{begin}\n\n{figures}\n\n{end}{after}"


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with `--check` say whether it is in step."""
    before = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    if "--check" not in arguments:
        PAGE.write_text(render(before), encoding="utf-8")
        return 0
    if before == render(before):
        return 0
    sys.stderr.write("docs/network.md is not in step with tests/network: run `python -m tests.network.page`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
