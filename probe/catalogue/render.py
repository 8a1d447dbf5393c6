"""The catalogue as pages: `docs/failures.md` and one section per reason under `docs/runbooks/`. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.catalogue.entry import Entry

MARK: Final = (
    "<!-- Generated from probe/catalogue/failures.toml by `python -m probe.catalogue.docs`: change that file. -->"
)

_TITLES: Final = {
    "docs/runbooks/dns.md": "Looking up the connector's name",
    "docs/runbooks/tcp.md": "Connecting to the connector",
    "docs/runbooks/tls.md": "TLS with the connector",
    "docs/runbooks/tls-alerts.md": "TLS alerts",
    "docs/runbooks/server-certificate.md": "The connector's certificate, and our CRL",
    "docs/runbooks/client-certificate.md": "Our client certificate and its key",
    "docs/runbooks/connector.md": "The connector's answers",
    "docs/runbooks/stripe.md": "Stripe's answers",
    "docs/runbooks/charge.md": "Charges that are not as expected",
    "docs/runbooks/prober.md": "The probe could not tell",
    "docs/runbooks/certificate.md": "Certificates that need attention",
}

_INTRODUCTION: Final = """\
Every failure and warning carries one of these reasons. The set is closed: a reason is never renamed and never reused, so
pages, dashboards and tickets may hold on to it. What nobody foresaw falls back to its family (`tls.failed`) and is counted.

The **code** is the number that the billing service shows its customers; `codes:` in the configuration overrides it. The
**reason** is finer and leads everywhere. *Again* says whether it may succeed without anybody changing anything.
`paypath explain REASON` prints the same in a terminal."""


def pages(catalogue: Catalogue) -> Mapping[str, str]:
    """Path relative to the project -> text, for every generated page."""
    made = {"docs/failures.md": _overview(catalogue)}
    for path, entries in _by_runbook(catalogue.entries).items():
        made[path] = _runbook(path, entries)
    return made


def _by_runbook(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    pages_of: dict[str, list[Entry]] = {}
    for entry in entries:
        pages_of.setdefault(entry.runbook.partition("#")[0], []).append(entry)
    return pages_of


def _overview(catalogue: Catalogue) -> str:
    parts = [
        MARK,
        f"# Failures: every reason (catalogue version {catalogue.version})",
        _INTRODUCTION,
        _codes(catalogue),
    ]
    families = list(dict.fromkeys(_family(entry) for entry in catalogue.entries))
    in_order = sorted(catalogue.entries, key=lambda entry: families.index(_family(entry)))
    for family, entries in groupby(in_order, key=_family):
        parts += [f"## {family}", _table(list(entries))]
    return "\n\n".join(parts) + "\n"


def _family(entry: Entry) -> str:
    return entry.reason.partition(".")[0]


def _codes(catalogue: Catalogue) -> str:
    lines = ["| reasons | code | what customers see |", "| --- | --- | --- |"]
    lines += [f"| `{row.match}` | {row.code} | {row.title} |" for row in catalogue.codes]
    return "\n".join(lines)


def _table(entries: Sequence[Entry]) -> str:
    lines = [
        "| reason | in words | code | hop | who acts | again | wakes |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for entry in entries:
        link = f"[`{entry.reason}`]({entry.runbook.removeprefix('docs/')})"
        again = "yes" if entry.retryable else "no"
        lines.append(
            f"| {link} | {entry.headline} | {entry.code} | {entry.hop} | {entry.blame} | {again} | {entry.severity} |"
        )
    return "\n".join(lines)


def _runbook(path: str, entries: Sequence[Entry]) -> str:
    return "\n\n".join([MARK, f"# {_TITLES[path]}", *(_section(entry) for entry in entries)]) + "\n"


def _section(entry: Entry) -> str:
    again = "may pass by itself" if entry.retryable else "stays until somebody acts"
    facts = (
        f"Code {entry.code} ({entry.title}) · hop {entry.hop} · who acts: {entry.blame} · {entry.severity} · {again}"
    )
    steps = "\n".join(f"{number}. {_linked(step)}" for number, step in enumerate(entry.first_steps, start=1))
    return f"## {entry.reason}\n\n**{_sentence(entry.headline)}** {entry.meaning}\n\n{facts}\n\n{steps}"


def _sentence(headline: str) -> str:
    return f"{headline[0].upper()}{headline[1:]}."


def _linked(step: str) -> str:
    return step.replace("docs/runbooks/rotation.md", "[rotation.md](rotation.md)")
