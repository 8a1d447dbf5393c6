"""Write the rules and dashboards that come with paypath, or check that they are in step: `python -m probe.monitoring.docs [--check]`."""

import argparse
import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from probe.catalogue.catalogue import load
from probe.monitoring.alertmanager import alertmanager_example
from probe.monitoring.dashboards import dashboard_files
from probe.monitoring.rules import certificate_rules, rule_file
from probe.monitoring.scope import Scope

_HOW: Final = "`python -m probe.monitoring.docs` writes them anew;\n`paypath export rules` prints those of a configuration, which also name what must be there."


def files() -> Mapping[str, str]:
    """Path relative to the project -> text."""
    catalogue, scope = load(), Scope()
    return {
        "dashboards/prometheus/rules.yaml": rule_file(catalogue, scope, how=_HOW),
        "dashboards/prometheus/certificates.yaml": certificate_rules(catalogue, scope, how=_HOW),
        "dashboards/prometheus/alertmanager.yaml": alertmanager_example(),
        "deploy/compose/alertmanager.yaml": alertmanager_example(
            pager="http://pager:8080/page", tickets="http://pager:8080/ticket"
        ),
        **{f"dashboards/grafana/{name}": text for name, text in dashboard_files().items()},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 1 where `--check` finds a file out of step."""
    parser = argparse.ArgumentParser(prog="python -m probe.monitoring.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is out of step")
    parser.add_argument(
        "--root", type=pathlib.Path, default=pathlib.Path(), help="the project's folder (default: here)"
    )
    chosen = parser.parse_args(arguments)
    wanted = files()
    wrong = [path for path, text in wanted.items() if _text(chosen.root / path) != text]
    for path in wrong:
        if chosen.check:
            sys.stderr.write(f"{path} is out of step with probe/monitoring: run `python -m probe.monitoring.docs`\n")
        else:
            (chosen.root / path).parent.mkdir(parents=True, exist_ok=True)
            (chosen.root / path).write_text(wanted[path], encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")
    return 1 if wrong and chosen.check else 0


def _text(path: pathlib.Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
