"""What alerts say: the reason in words first, then the path and what its customers see; with links to runbook and dashboard.

Prometheus' templates have no tables. A lookup is one regular expression over `; key=value; key=value; `, which is short
enough to be read in the rule file.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.monitoring.scope import Scope, quoted

RUNBOOKS: Final = "docs/runbooks/"
"""Where the catalogue's runbooks are, relative to the project."""
_ALERTS: Final = "tls.alert."
"""A family of three dozen reasons whose headlines are their names."""


def reasons_of(catalogue: Catalogue, *families: str) -> tuple[str, ...]:
    """The reasons that begin with one of these."""
    return tuple(entry.reason for entry in catalogue.entries if entry.reason.startswith(families))


def in_words(catalogue: Catalogue, reasons: Iterable[str]) -> str:
    """A template: the headline of `$labels.reason`, one of `reasons`, as the beginning of a sentence; or else itself."""
    listed = list(reasons)
    table = {reason: _sentence(catalogue, reason) for reason in listed if not reason.startswith(_ALERTS)}
    otherwise = "{{ $labels.reason }}"
    if len(table) < len(listed):
        named = f'{{{{ reReplaceAll "^{_escaped(_ALERTS)}" "Connector sent the TLS alert " $labels.reason }}}}'
        otherwise = (
            f'{{{{ if match "^{_escaped(_ALERTS)}" $labels.reason }}}}{named}{{{{ else }}}}{otherwise}{{{{ end }}}}'
        )
    return _lookup(table, otherwise)


def code_of(catalogue: Catalogue, reasons: Iterable[str]) -> str:
    """A template: the code of `$labels.reason`; plain text where all of them have the same one."""
    table = {reason: str(catalogue.entry(reason).code) for reason in reasons}
    codes = set(table.values())
    return codes.pop() if len(codes) == 1 else _lookup(table, "")


def runbook(catalogue: Catalogue, scope: Scope, reasons: Iterable[str]) -> str:
    """A template: the address of the section of `$labels.reason`, one of `reasons`, in its runbook."""
    families: dict[str, dict[str, None]] = {}
    for reason in reasons:
        page = catalogue.entry(reason).runbook.removeprefix(RUNBOOKS).partition("#")[0]
        families.setdefault(page, {})[reason.rpartition(".")[0]] = None
    last, *others = reversed(families)
    choice = "".join(f"{{{{ if {_is_of(families[page])} }}}}{page}{{{{ else }}}}" for page in others)
    choice += last + "{{ end }}" * len(others)
    return f'{scope.runbooks}/{choice}#{{{{ reReplaceAll "[.]" "" $labels.reason }}}}'


def runbook_of(catalogue: Catalogue, scope: Scope, reason: str) -> str:
    """The address of one reason's section."""
    return f"{scope.runbooks}/{catalogue.entry(reason).runbook.removeprefix(RUNBOOKS)}"


def dashboard(scope: Scope, name: str, *variables: str) -> str:
    """A template: the address of a dashboard, looking at what the alert is about."""
    query = "&".join(f"var-{variable}={{{{ $labels.{variable} | urlquery }}}}" for variable in variables)
    return f"{scope.grafana}/d/paypath-{name}?{query}"


def literal(text: str) -> str:
    """A template that gives just this text, whatever stands in it."""
    return f"{{{{ {quoted(text)} }}}}" if "{{" in text else text


def _lookup(table: Mapping[str, str], otherwise: str) -> str:
    """A template: the value of `$labels.reason` in the table. The dots of a key stand for themselves, near enough."""
    wrong = [text for text in (*table, *table.values()) if re.search(r'[;="\\{}]', text)]
    if wrong:
        raise ValueError(f"texts that would break a lookup: {wrong}")
    text = "".join(f"{name}={value}; " for name, value in table.items())
    return (
        f'{{{{ $known := "; {text}" }}}}'
        '{{ if match (printf "; %s=" $labels.reason) $known }}'
        '{{ reReplaceAll (printf ".*; %s=([^;]*);.*" $labels.reason) "$1" $known }}'
        f"{{{{ else }}}}{otherwise}{{{{ end }}}}"
    )


def _is_of(families: Iterable[str]) -> str:
    """An expression: whether `$labels.reason` belongs directly to one of these."""
    return f'match "^({"|".join(_escaped(family) for family in families)})[.][^.]+$" $labels.reason'


def _escaped(text: str) -> str:
    return text.replace(".", "[.]")


def _sentence(catalogue: Catalogue, reason: str) -> str:
    headline = catalogue.entry(reason).headline
    return f"{headline[0].upper()}{headline[1:]}"
