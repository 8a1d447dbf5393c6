"""Whatever README and documents name is there: commands and their options, reasons, keys, metrics, variables, files, targets, addresses."""

import argparse
import fnmatch
import itertools
import pathlib
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
import yaml

from probe.catalogue.catalogue import load
from probe.cli.command import VERBS
from probe.cli.parser import build_parser
from probe.documents.reference import rows
from probe.report.schema import result_schema
from probe.scenario.schema import scenario_schema
from probe.server.admin import AdminFace
from probe.settings.environment import read_variables
from probe.settings.models import Configuration
from probe.settings.schema import config_schema
from tests.dashboards.known import METRICS
from tests.project.documents import DOCUMENTS, anchors, commands, lines, links_into, words
from tests.project.locks import ROOT

REASONS: Final = {entry.reason for entry in load().entries}
_OTHERS: Final = {
    "fault.number": "a place in the answer of a connector of the reader's own, as an example",
    "net.ipv4.tcp_mtu_probing": "Linux",
    "ssl.MemoryBIO": "Python",
    "ssl.SSLContext": "Python",
    "stripe.Webhook.construct_event": "Stripe's SDK",
    "secrets.NAME.secretName": "a value of the chart that is empty until somebody fills it",
    "expect.error": "a key of a step, as its author thinks of it",
    "expect.within": "likewise",
}
"""Names that are somebody else's."""
_BARE: Final = {
    "path_config_source", "x-forwarded-client-cert",  # Envoy
    "metric_relabel_configs",  # Prometheus
    "rak_account_read", "rak_balance_read", "rak_customer_write", "rak_event_read", "rak_payment_intent_write", "rak_setup_intent_write", "rak_webhook_read",  # Stripe
    "ssl-cert",  # Debian
    "ssl_trusted_certificate",  # nginx
    "watched_directory",  # Envoy
    "billing_tenant_id", "paypath-webhooks",  # names of the reader's own, as examples
    "--as", "--nofile", "--forward-to", "--file", "--from-file",  # prlimit, stripe, docker, kubectl
}  # fmt: skip
"""Bare names that are somebody else's."""
_HISTORY: Final = {"decisions"}
"""A decision says what was weighed, and names much that is not there."""

of_each = pytest.mark.parametrize("document", DOCUMENTS, ids=[str(each.relative_to(ROOT)) for each in DOCUMENTS])


@of_each
def test_commands(document: pathlib.Path) -> None:
    """Every `paypath …` is a verb with options that it has, and with values that it takes where they are a list."""
    assert [f"{command}: {why}" for command in commands(document) for why in _objections(command)] == []


@of_each
def test_targets_of_make(document: pathlib.Path) -> None:
    """Every `make …` is a target."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {found for text in words(document) for found in re.findall(r"^make ([a-z][a-z-]*)", text)}
    assert named - targets == set()


@of_each
def test_files(document: pathlib.Path) -> None:
    """Every file of this tree that is named by its path, and every test by its name."""
    named = {
        word
        for word in words(document)
        if re.fullmatch(r"(?:tests|probe|deploy|docs|scripts|scenarios|benchmarks|docker|\.ci)/[\w./*-]+", word)
    }
    named = {word for word in named if not re.search(r"[A-Z]{4,}", word)}  # `TARGET/WHAT-IT-IS` is the reader's own
    assert [word for word in named if not list(ROOT.glob(word.rstrip("/")))] == []
    tests = {word for word in words(document) if re.fullmatch(r"test_\w+\.py", word)}
    assert [word for word in tests if not list(ROOT.glob(f"tests/**/{word}"))] == []


@of_each
def test_links_to_headings(document: pathlib.Path) -> None:
    """Every link into a document leads to a heading of it."""
    broken = [
        f"{target.name}#{anchor}"
        for target, anchor in links_into(document)
        if target.suffix == ".md" and anchor not in anchors(target)
    ]
    assert broken == []


@of_each
def test_reasons_and_keys(document: pathlib.Path) -> None:
    """Every dotted name is a reason, a key of configuration, scenario or result, an attribute of telemetry, or a value of the chart."""
    if document.parent.name in _HISTORY:
        return
    names = {word for word in words(document) if re.fullmatch(r"[a-z_]+(?:\.[A-Za-z0-9_*]+)+", word)}
    assert {name for name in names if not _is_known(name)} == set()


@of_each
def test_metrics(document: pathlib.Path) -> None:
    """Every metric, as Prometheus calls it; what Stripe's objects are marked with begins alike."""
    named = {name for text in (*words(document), *lines(document)) for name in re.findall(r"\bpaypath_[a-z_]+\b", text)}
    assert named - METRICS - {"paypath_run_id", "paypath_scenario", "paypath_prober", "paypath_ends_by"} == set()


@of_each
def test_variables(document: pathlib.Path) -> None:
    """Every variable is one that the settings know."""
    named = set(re.findall(r"\bPAYPATH_[A-Z0-9_]*[A-Z0-9]\b", document.read_text(encoding="utf-8")))
    named -= {"PAYPATH_PORT", "PAYPATH_SERVICE", "PAYPATH_TEST_SCREENSHOTS"}  # Kubernetes' own, and the tests'
    assert read_variables(dict.fromkeys(named, "1"), Configuration, {}).warnings == []


@of_each
def test_addresses(document: pathlib.Path) -> None:
    """Every address of the HTTP face is answered."""
    routes = {route.path for route in AdminFace.routes(_face())} | {"/metrics", "/healthz", "/readyz"}
    wanted = {
        found
        for text in words(document)
        for found in re.findall(
            r"(?:^|GET |POST |:9464|:9465)(/api/v1/[\w.]+|/-/\w+|/probe\b|/healthz|/readyz|/metrics)(?=[?\s`]|$)", text
        )
    }
    assert wanted - routes - {"/-/healthy"} == set()  # Prometheus' own


def test_the_api() -> None:
    """Every address of the API is explained, with its method."""
    page = (ROOT / "docs" / "status-page.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(GET|POST) ([^`?]+)", page, re.MULTILINE)) | {("GET", "/api/v1/openapi.json")}
    routes = {(route.method, route.path) for route in AdminFace.routes(_face())}
    assert told == routes - {("GET", "/"), ("GET", "/assets/{name}")}
    assert "`/api/v1/openapi.json` describes all of it" in page


@of_each
def test_bare_names(document: pathlib.Path) -> None:
    """Every other name in snake_case or kebab-case, every option by itself, every schema: something in the code is called so."""
    if document.parent.name in _HISTORY:
        return
    named = {word for word in words(document) if re.fullmatch(r"[a-z]+(?:_[a-z0-9]+)+|[a-z0-9]+(?:-[a-z0-9]+)+", word)}
    named |= {found for word in words(document) for found in re.findall(r"(?<![\w-])--[a-z][a-z-]+", word)}
    named |= {found for word in words(document) for found in re.findall(r"\bpaypath\.[a-z-]+/\d+", word)}
    assert {name for name in named - METRICS - _BARE if name not in _WRITTEN} == set()


def test_what_continuous_integration_runs() -> None:
    """The README's last line."""
    (told,) = re.findall(
        r"^`\.ci/run` runs (.*?)\. Licensed", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert sorted(re.findall(r"`make ([a-z-]+)`", told)) == sorted(re.findall(r"^make ([a-z-]+)", script, re.MULTILINE))


WRONG = """\
# A page

`paypath chek`, `paypath check --fromat json` and `paypath certs --format xml`; `make tset`; `tests/nowhere.py` and `test_nothing.py`;
[there](page.md#b-page), `tls.client_cert.expird`, `connector.ulr`, `evidence.erno`, `paypath_runs_totl`, `PAYPATH_ENVIROMENT`, `GET /api/v1/statsu`;
`verify_erors`, `client-cert-expried`, `--older-then`, `paypath.rnu/1`.

```sh
paypath run --fro 20s | head
```
"""


def test_each_kind_of_mistake_is_found(tmp_path: pathlib.Path) -> None:
    """The checks themselves, on a page where everything is wrong."""
    page = tmp_path / "page.md"
    page.write_text(WRONG)
    assert [why for command in sorted(commands(page)) for why in _objections(command)] == [
        "--format takes no xml",
        "check has no --fromat",
        "there is no verb chek",
        "run has no --fro",
    ]
    checks = (
        test_commands,
        test_targets_of_make,
        test_files,
        test_links_to_headings,
        test_reasons_and_keys,
        test_metrics,
        test_variables,
        test_bare_names,
    )
    for check in (*checks, test_addresses):
        with pytest.raises(AssertionError):
            check(page)
    assert not any(
        _is_known(name) for name in ("tls.client_cert.expird", "connector.ulr", "evidence.erno", "probe.nowhere")
    )
    assert _WRITTEN.isdisjoint({"verify_erors", "client-cert-expried", "--older-then", "paypath.rnu/1"})


def _objections(command: str) -> Iterator[str]:
    """What is wrong with a command line, one sentence each."""
    verbs = {verb.name for verb in VERBS}
    try:
        verb, *rest = shlex.split(command.rstrip("…. "), comments=True)
    except ValueError:
        return  # an apostrophe in prose
    if verb.startswith("--"):
        return
    if verb not in verbs:
        yield f"there is no verb {verb}"
        return
    actions = {option: action for action in _subparser(verb)._actions for option in action.option_strings}
    for word, value in itertools.pairwise([*rest, ""]):
        option, _, joined = word.partition("=")
        if option.startswith("--") and option not in actions:
            yield f"{verb} has no {option}"
        elif (
            option in actions
            and (choices := actions[option].choices)
            and (given := joined or value).islower()
            and given not in choices
        ):
            yield f"{option} takes no {given}"


def _subparser(verb: str) -> argparse.ArgumentParser:
    (subparsers,) = (each for each in build_parser(VERBS)._actions if isinstance(each, argparse._SubParsersAction))
    found: argparse.ArgumentParser = subparsers.choices[verb]
    return found


def _face() -> AdminFace:
    """Its routes alone are asked for: nothing stands behind it."""
    return AdminFace(None, clock=None, version="0")  # type: ignore[arg-type]


def _is_known(name: str) -> bool:
    if (
        name in _OTHERS
        or name in _KNOWN
        or (name.endswith(".*") and any(known.startswith(name[:-1]) for known in _KNOWN))
    ):
        return True
    if any(fnmatch.fnmatch(reason, name) for reason in REASONS):
        return True
    if re.search(
        r"\.(?:py|md|toml|txt|json|yaml|yml|pem|crt|key|conf|bak|jks|p12|js|css|prom|log|service|timer)$", name
    ):
        return True  # files: those of this tree are looked at above
    if name.startswith("probe."):
        return bool(list(ROOT.glob(name.replace(".", "/") + "*")))
    plain = [part for part in name.split(".") if part != "NAME"]
    return ".".join(plain) in _KNOWN or set(plain) <= _RESULT


def _keys(schema: Mapping[str, Any]) -> set[str]:
    """Every dotted name that is a part of a key: `connector.url` of `paths.NAME.connector.url`."""
    found = [[part.removesuffix("[]") for part in row.key if part != "NAME"] for row in rows(schema)]
    return {
        ".".join(key[begin:end]) for key in found for begin in range(len(key)) for end in range(begin + 1, len(key) + 1)
    }


def _members(schema: object) -> Iterator[str]:
    """Every name of a member, at any depth."""
    if isinstance(schema, Mapping):
        yield from schema.get("properties", ())
        for below in schema.values():
            yield from _members(below)
    elif isinstance(schema, list):
        for below in schema:
            yield from _members(below)


def _values(tree: object, above: tuple[str, ...] = ()) -> Iterator[str]:
    """The dotted names of a chart's values."""
    for key, below in tree.items() if isinstance(tree, Mapping) else ():
        yield ".".join((*above, key))
        yield from _values(below, (*above, key))


def _attributes() -> set[str]:
    """The names that the code itself writes: of spans and metrics, and of what the steps of a scenario can name."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "probe").rglob("*.py"))
    return set(re.findall(r'"([a-z_]+(?:\.[A-Za-z0-9_]+)+)"', text))


_CODE: Final = "\n".join(
    file.read_text(encoding="utf-8")
    for pattern in (
        "probe/**/*.py", "probe/**/*.toml", "probe/**/*.html", "scenarios/*.yaml", "deploy/**/*.*ml", "deploy/**/*.tpl",
        "deploy/**/*.json", "deploy/**/*.conf", "deploy/systemd/*.service", "deploy/systemd/*.timer", "dashboards/**/*.*", "scripts/*", "benchmarks/*.py", "tests/*/run.py", "tests/faults/*.py",
    )
    for file in sorted(ROOT.glob(pattern))
    if file.is_file()
)  # fmt: skip
_WRITTEN: Final = set(
    re.findall(r"paypath\.[a-z-]+/\d+|--[a-z][a-z-]+|\w+", _CODE) + re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", _CODE)
)
"""Every word of the code, every option, schema and name with hyphens."""
_RESULT: Final = set(_members(result_schema()))
_KNOWN: Final = (
    REASONS
    | _keys(config_schema())
    | _keys(scenario_schema())
    | words(ROOT / "docs" / "scenarios-reference.md")  # written from the models of scenarios
    | set(_values(yaml.safe_load((ROOT / "deploy" / "helm" / "paypath" / "values.yaml").read_text(encoding="utf-8"))))
    | _attributes()
)
