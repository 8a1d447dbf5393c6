"""Whatever `paypath validate` accepts is a scenario: it may fail in many ways on the lab, but never as a bug of the probe."""

import json
import pathlib

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.compose.knowing import knowledge
from probe.documents.mistakes import SetupError
from probe.scenario.load import load_scenario
from tests.e2e.open_lab import OpenLab
from tests.e2e.processes import paypath

ODD = st.sampled_from(
    [
        "",
        " ",
        "x",
        "a\nb",
        "a b",
        "ü\u200b",
        "3",
        3,
        -1,
        0,
        1.5,
        True,
        None,
        [],
        [1],
        ["a"],
        {},
        {"a": 1},
        "$${x}",
        "${values.text}",
    ]
)
NAMED = st.sampled_from(
    [
        "${run.id}",
        "${values.text}",
        "${values.number}",
        "${values.lot}",
        "${values.lines}",
        "${values.yes}",
        "${values.half}",
        "${saved.id}",
        "${saved.map}",
        "${saved.list}",
        "a ${saved.map} b",
        "a ${saved.list} b",
        "${saved.map.a}",
        "${saved.id.x}",
    ]
)
ANY = ODD | NAMED
OPERATORS = st.dictionaries(
    st.sampled_from(["min", "max", "matches", "one_of", "present", "any"]), ANY, min_size=1, max_size=2
)
EXPECT = st.dictionaries(
    st.sampled_from(
        [
            "id",
            "status",
            "amount",
            "metadata",
            "metadata.a",
            "http.status",
            "headers.server",
            "json",
            "body",
            "livemode",
            "within",
        ]
    ),
    ANY
    | OPERATORS
    | st.fixed_dictionaries({"any": st.dictionaries(st.sampled_from(["a", "0", "a.b"]), ANY, max_size=1)}),
    max_size=2,
)
HTTP = st.fixed_dictionaries(
    {
        "http": st.fixed_dictionaries(
            {},
            optional={
                "path": st.sampled_from(["/healthz", "/a b", "/ü", "/${run.id}"]) | NAMED,
                "headers": st.dictionaries(st.sampled_from(["x-a", "a b", "", "Host", "ü", "x:y"]), ANY, max_size=2),
                "body": ANY,
                "method": st.sampled_from(["GET", "POST", "HEAD", 3]),
            },
        )
    },
    optional={"expect": EXPECT, "save": st.just({"status": "status"})},
)
STRIPE = st.fixed_dictionaries(
    {
        "stripe": st.sampled_from(
            [
                "v1.payment_intents.retrieve",
                "v1.customers.retrieve",
                "v1.charges.list",
                "v1.refunds.retrieve",
                "v1.balance.retrieve",
            ]
        )
    },
    optional={
        "with": st.dictionaries(
            st.sampled_from(["intent", "customer", "refund", "id", "limit", "expand", "created"]), ANY, max_size=3
        ),
        "expect": EXPECT,
        "same_key_as": st.sampled_from(["made", "nobody"]),
    },
)
OTHER = st.sampled_from(
    [
        {"wait": "1ms"}, {"wait": "0s"}, {"handshake": {}}, {"certificates": {"valid_for": "1s"}},
        {"handshake": {"client_certificate": "withheld"}}, {"handshake": {}, "expect": {"within": "1ms"}},
        {"webhook": {"event": "payment_intent.succeeded", "object": "${saved.map}", "by": "events", "within": "10ms"}},
        {"webhook": {"event": "payment_intent.succeeded", "object": "${values.number}", "by": "events", "within": "10ms"}},
        {"webhook": {"refuses": "unsigned"}},
    ]
)  # fmt: skip
MADE = {
    "name": "made",
    "stripe": "v1.customers.create",
    "with": {"metadata": {"a": "b"}, "preferred_locales": ["en"]},
    "save": {"id": "id", "map": "metadata", "list": "preferred_locales"},
}
VALUES = {"text": "x", "number": 3, "lot": "${random.amount(1, 5)}", "lines": "a\nb", "yes": True, "half": 1.5}


def _accepted(steps: list[dict[str, object]], number: int) -> str | None:
    """The scenario's text, where it is one."""
    written = {"name": f"odd-{number}", "every": "5m", "values": VALUES, "steps": [MADE, *steps]}
    text = yaml.safe_dump(written, allow_unicode=True)
    try:
        load_scenario(text, "odd.yaml", known=knowledge())
    except SetupError:
        return None
    return text


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(HTTP | STRIPE | OTHER, min_size=40, max_size=40))
def test_no_scenario_that_is_accepted_is_a_bug(tmp_path_factory: object, steps: list[dict[str, object]]) -> None:
    """Odd steps, those that are accepted one to a scenario, all in one go."""
    directory = pathlib.Path(tmp_path_factory.mktemp("odd"))  # type: ignore[attr-defined]  # pytest's own
    folder = directory / "scenarios"
    folder.mkdir()
    texts = [text for number, step in enumerate(steps) if (text := _accepted([step], number)) is not None]
    for number, text in enumerate(texts):
        (folder / f"{number:03}.yaml").write_text(text, encoding="utf-8")
    with OpenLab(directory) as lab:
        config = lab.configured(directory / "paypath.yaml", scenarios={"directory": str(folder)})
        done = paypath("check", "--config", config, "--format", "json")
    runs = [json.loads(line) for line in done.out.splitlines()]
    assert len(runs) == len(texts) > 3, done
    found = [
        (run["failure"]["summary"], run["failure"]["evidence"]["detail"], (folder / f"{number:03}.yaml").read_text())
        for number, run in enumerate(runs)
        if run["failure"] and run["failure"]["reason"] == "prober.bug"
    ]
    assert found == []
