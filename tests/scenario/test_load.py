"""Scenario files: what they become, and every mistake with its message."""

import pathlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.billing.parameters import ParameterFault
from probe.documents.mistakes import SetupError
from probe.model.failure import Severity
from probe.model.scenario import (
    HEALTH_PATH,
    CertificatesAction,
    HandshakeAction,
    HttpAction,
    Scenario,
    StepKind,
    StepPlan,
    StripeAction,
    WaitAction,
)
from probe.scenario.knowledge import Knowledge
from probe.scenario.load import load_scenario, load_scenarios

CHARGE = """\
name: card-charge
summary: A test card is charged through the billing connector and refunded.
every: 5m
deadline: 15s
steps:
  - handshake: {}
  - name: charge
    stripe: v1.payment_intents.create
    with: {amount: 100, currency: usd, payment_method: pm_card_visa, payment_method_types: [card], confirm: true}
    expect: {status: succeeded, amount_received: 100}          # livemode: false is always expected
    save: {payment_intent: id}
cleanup:
  - name: refund
    when: saved.payment_intent
    stripe: v1.refunds.create
    with: {payment_intent: "${saved.payment_intent}"}
    expect: {status: succeeded}
"""
"""The documented example."""


def refuse(text: str) -> list[str]:
    """The messages of every mistake in a text, in order."""
    with pytest.raises(SetupError) as caught:
        load_scenario(text, "s.yaml")
    return [str(mistake) for mistake in caught.value.mistakes]


def test_contract_example() -> None:
    """The documented example means what the documentation says."""
    parameters = {
        "amount": 100,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "payment_method_types": ["card"],
        "confirm": True,
    }
    assert load_scenario(CHARGE, "s.yaml") == Scenario(
        name="card-charge",
        summary="A test card is charged through the billing connector and refunded.",
        every_s=300.0,
        deadline_s=15.0,
        steps=(
            StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=HandshakeAction()),
            StepPlan(
                name="charge",
                kind=StepKind.STRIPE,
                action=StripeAction(method="v1.payment_intents.create", parameters=parameters),
                expect={"status": "succeeded", "amount_received": 100},
                save={"payment_intent": "id"},
            ),
        ),
        cleanup=(
            StepPlan(
                name="refund",
                kind=StepKind.STRIPE,
                action=StripeAction(
                    method="v1.refunds.create", parameters={"payment_intent": "${saved.payment_intent}"}
                ),
                expect={"status": "succeeded"},
                when="saved.payment_intent",
            ),
        ),
        source="s.yaml",
    )


def test_every_kind_and_default() -> None:
    """The shortest way to write each kind, and the names they get."""
    text = """\
name: all
steps:
  - handshake:
  - handshake: {client_certificate: required}
  - http: {path: "/x/${run.id}"}
  - http: {path: /x, method: POST, headers: {x-a: b}, body: "a\\nb"}
    expect: {status: 200}
  - wait: 500ms
  - stripe: v1.balance.retrieve
cleanup:
  - stripe: v1.balance.retrieve
  - name: wait-2
    wait: 1s
  - wait: 1s
"""
    scenario = load_scenario(text, "s")
    assert (scenario.summary, scenario.every_s, scenario.deadline_s) == ("", 300.0, 15.0)
    plans = [*scenario.steps, *scenario.cleanup]
    assert [plan.name for plan in plans] == [
        "handshake", "handshake-2", "http", "http-2", "wait", "balance.retrieve", "balance.retrieve-2", "wait-2", "wait-3",
    ]  # fmt: skip
    assert [plan.action for plan in plans[:5]] == [
        HandshakeAction(),
        HandshakeAction(client_certificate_required=True),
        HttpAction(method="GET", path="/x/${run.id}"),
        HttpAction(method="POST", path="/x", headers={"x-a": "b"}, body="a\nb"),
        WaitAction(seconds=0.5),
    ]


HEAD = "name: s\nsteps:\n  - handshake: {}\n"
STEP = HEAD + "  - stripe: v1.x.create\n    with: {%s}\n"
KINDS = "known kinds: `handshake`, `http`, `stripe`, `certificates`, `wait`, `webhook`"
CARD = "use a test payment method such as `pm_card_visa`"
KEY = "remove it, and revoke it where others could read it; keys belong into the configuration"
ALWAYS = "known here: `run.id`, `run.scenario`, `path`, `environment`, `location`"

MISTAKES = [
    ("", "1:1: a scenario must be a map of keys; write `name: …` and `steps: […]`"),
    ("steps: [{handshake: {}}]", "1:1: `name` is missing; add it"),
    ("name: s", "1:1: `steps` is missing; add it"),
    ("name: s\nsteps: []", "2:8: `steps` is empty; add a step such as `handshake: {}`"),
    ("name: s\nsteps: {}", "2:8: `steps` must be a list, not a map"),
    ("name: S\nsteps: [{handshake: {}}]", "1:7: `name`: `S` is not a name; use lower-case letters, digits, `-`, `_` and `.`"),
    (HEAD + "sumary: x", "4:1: unknown key `sumary`; did you mean `summary`?"),
    (HEAD + "every: 30", "4:8: `every`: `30` has no unit; write `30s` for seconds, or `5m`, `1h30m`, `30d`"),
    (HEAD + "deadline: soon", "4:11: `deadline`: `soon` is not a duration; write a number with its unit, such as `500ms`, `30s`, `5m`, `1h30m` or `30d`"),
    (HEAD + "severity: loud", "4:11: `severity`: `loud` is not known here; one of: `page`, `ticket`, `none`"),
    (HEAD + "slo: 99", "4:6: `slo`: `99` is no share of runs; write a number above 0 and below 1, such as `0.99`"),
    (HEAD + "slo: 99%", "4:6: `slo`: `99%` is no share of runs; write a number above 0 and below 1, such as `0.99`"),
    (HEAD + "paths: billing", "4:8: `paths` must be a list of names, not text; write it as `[billing]`, or leave it out"),
    (HEAD + "locations: []", "4:12: `locations` must be a list of names, not an empty list; write it as `[billing]`, or leave it out"),
    (HEAD + "locations: [A]", "4:13: `locations[0]`: `A` is not a name; use lower-case letters, digits, `-`, `_` and `.`"),
    (HEAD + "  - handshake", "4:5: a step must be a map; write it as `handshake: {}`"),
    (HEAD + "  - charge", "4:5: a step must be a map; begin with one of handshake, http, stripe, certificates, wait, webhook"),
    (HEAD + "  - hanshake: {}", "4:5: unknown key `hanshake`; did you mean `handshake`?"),
    (HEAD + "  - handshake: {client_certificate: maybe}", "4:37: `client_certificate`: `maybe` is not known here; one of: `optional`, `required`, `withheld`"),
    (HEAD + "  - certificates: {}", "4:5: `valid_for` is missing; add it"),
    ("name: s\nsteps:\n  - certificates: {valid_for: 3d}", "3:5: a `certificates` step judges what a handshake has shown, and there is none before it; put `- handshake: {}` before it"),
    (HEAD + "  - handshake: {}\n    expect: {status: 200}", "5:14: a handshake has no answer in which `status` could be found; only `within` belongs here"),
    (HEAD + "  - handshake: {}\n    expect: {within: 2}", "5:22: `within`: `2` is not a duration; write a number with its unit, such as `500ms`, `30s`, `5m`, `1h30m` or `30d`"),
    (HEAD + "  - wait: 1s\n    retry: [tcp.refused]", "5:5: `retry` does not belong to a `wait` step; remove it"),
    (HEAD + "  - http: {path: /, method: POST}\n    retry: [tcp.refused]", "5:12: an `http` step that sends `POST` is not repeated: it could be carried out twice; remove `retry`"),
    (HEAD + "  - handshake: {}\n    retry: [charge.live_mode]", "5:13: `charge.live_mode` is never tried again; remove it"),
    (HEAD + "  - http: {path: /}\n    same_key_as: x", "5:5: `same_key_as` does not belong to a `http` step; remove it"),
    (STEP % "a: 1" + "    same_key_as: charge", "6:18: no earlier `stripe` step is named `charge`; nothing is known here; remove it"),
    (HEAD + "  - {name: a, stripe: v1.x.create}\n  - stripe: v1.y.create\n    same_key_as: a", "6:18: step `a` calls another method, `v1.x.create`; an idempotency key is for one method"),
    (HEAD + "values: {amount: '${random.amount(5)}'}", "4:18: `random.amount(5)` cannot be drawn; `random.amount` takes the smallest and the largest amount, `random.amount(100, 500)`"),
    (HEAD + "values: {amount: 'x ${run.id}'}", "4:18: `amount` must be one `${random.…}`, or a value without any; such as `${random.amount(100, 500)}`"),
    (HEAD + "values: {amount: [1]}", "4:18: `amount` must be a text, number or boolean"),
    (STEP % "a: '${random.hex(8)}'", "5:15: `random.hex(8)` can only be drawn under `values`, once for the whole run; write `values: {NAME: '${random.hex(8)}'}` and here `${values.NAME}`"),
    (STEP % "a: '${values.x}'", f"5:15: `values.x` is not known; {ALWAYS}"),
    (STEP % "a: 1" + "    expect: {error: {type: api_error}}", "6:28: an error of type `api_error` cannot be expected; one of: `card_error`, `idempotency_error`, `invalid_request_error`"),
    (STEP % "a: 1" + "    expect: {data: {any: []}}", "6:26: `any` must be a map; write dotted places of an item and what is expected there"),
    (STEP % "a: 1" + "    expect: {data: {any: {id: {matches: '['}}}}", "6:41: `matches` is no regular expression: missing ]: [; write it as RE2 has it: Python's syntax without look-around and back-references"),
    (HEAD + "  - name: x", f"4:5: a step without a kind; {KINDS}"),
    (HEAD + "  - {wait: 1s, handshake: {}}", "4:16: both `wait` and `handshake` in one step; make two steps of it"),
    (HEAD + "  - {wait: 1s, expect: {a: 1}}", "4:16: `expect` does not belong to a `wait` step; remove it"),
    (HEAD + "  - {http: {path: /}, with: {a: 1}}", "4:23: `with` does not belong to a `http` step; remove it"),
    (HEAD + "  - {http: {path: x, method: get}}", "4:30: `method`: `get` is not known here; did you mean `GET`?"),
    (HEAD + "  - {name: handshake, wait: 1s}\n  - {name: handshake, wait: 1s}", "5:12: another step is named `handshake` already (line 4); give it a name of its own"),
    (STEP % "confirm: yes", '5:21: `confirm`: `yes` means different things to different YAML readers; write true or false, a plain decimal number, or "yes" in quotes'),
    (STEP % "a: [{amount: 010}]", '5:25: `amount`: `010` means different things to different YAML readers; write true or false, a plain decimal number, or "010" in quotes'),
    (STEP % "a: '${saved.x}'", f"5:15: `saved.x` is not saved by an earlier step; {ALWAYS}"),
    (STEP % "a: ['b ${run.ids}']", "5:16: `run.ids` is not known; did you mean `run.id`?"),
    (STEP % "a: '${run.id'", "5:15: `${` without its `}`; write it as `${saved.NAME}`"),
    (STEP % "a: 1" + "    save: {b: id}\n    when: saved.b", f"7:11: `saved.b` is not saved by an earlier step; {ALWAYS}"),
    (STEP % "a: 1" + "    when: b", "6:11: `when`: `b` is not a condition; write it as `saved.NAME`"),
    (STEP % "a: 1" + "    save: {B: id}", "6:12: `B`: `B` is not a name to save under; use lower-case letters, digits and `_`"),
    (STEP % "a: 1" + "    save: {b: 'x y'}", "6:15: `b`: `x y` is not a place in an answer; write it as `id` or `latest_charge.id`"),
    (STEP % "a: 1" + "    save: {pi: id}\n  - wait: 1s\n    when: saved.ip", "8:11: `saved.ip` is not saved by an earlier step; did you mean `saved.pi`?"),
    (STEP % "a: 1" + "    expect: {livemode: true}", "6:24: live mode can never be expected; remove it"),
    (STEP % "a: 1" + "    expect: {error: card_declined}", "6:21: `error` must be a map; write it as `error: {code: card_declined, decline_code: insufficient_funds}`"),
    (STEP % "a: 1" + "    expect: {error: {kode: x}}", "6:22: unknown key `kode`; did you mean `code`?"),
    (STEP % "a: 1" + "    expect: {error: {code: 402}}", "6:28: `code` must be text; write Stripe's code"),
    (STEP % "a: 1" + "    expect: [status]", "6:13: `expect` must be a map, not a list; write it as `{key: value}`"),
    (STEP % "payment_method: pm_1N3T00LkdIwHu7ixt44h1F8k", f"5:28: `payment_method` is not a test payment method; {CARD}"),
    (STEP % "source: tok_1N3T00LkdIwHu7ixt44h1F8k", f"5:20: `source` is not a test payment method; {CARD}"),
    (STEP % "x: [pm_1N3T00LkdIwHu7ixt44h1F8k]", f"5:16: `x[0]` is not a test payment method; {CARD}"),
    (STEP % "payment_method: somebody", f"5:28: `payment_method` is not a test payment method; {CARD}"),
    (STEP % "number: 4242424242424242", f"5:20: what stands here could be a card number; {CARD}"),
    (STEP % "number: '5555 5555 5555 4444'", f"5:20: what stands here could be a card number; {CARD}"),
    (STEP % "4242424242424242: a", f"5:12: what stands here could be a card number; {CARD}"),
    (STEP % 'key: "sk\\x5flive_hunter2"', f"5:17: a live-mode Stripe key stands here; {KEY}"),
    (STEP % "key: 'sk%5Flive%5Fhunter2'", f"5:17: a live-mode Stripe key stands here; {KEY}"),
    (HEAD + "  - http: {path: /, headers: {Authorization: Basic c2tfbGl2ZV81MUNhbmFyeTo=}}", f"4:46: a live-mode Stripe key stands here; {KEY}"),
    (HEAD + "  - http: {path: /, body: 'card[number]=4242%204242%204242%204242'}", f"4:27: what stands here could be a card number; {CARD}"),
    (STEP % "payment_method_data: {card: {number: '4242${run.id}'}}", f"5:49: card numbers do not belong into a scenario; {CARD}"),
    (STEP % "a: 1" + "    expect: {amount: {min: 3, mxa: 4}}", "6:31: unknown operator `mxa`; did you mean `max`?"),
    (STEP % "a: 1" + "    expect: {amount: {mim: 3}}", "6:23: unknown operator `mim`; did you mean `min`?"),
    (STEP % "a: 1" + "    expect: {amount: {min: 9, max: 4}}", "6:14: `min` is more than `max`: nothing can be both; swap them"),
    (HEAD + "  - {http: {path: /}, expect: {wthin: 3s}}", "4:32: `wthin` is no place in an HTTP answer; did you mean `within`?"),
    (STEP % "note: 4242.4242.4242.4242", f"5:18: what stands here could be a card number; {CARD}"),
    (STEP % "note: '4242_4242_4242_4242'", f"5:18: what stands here could be a card number; {CARD}"),
    (STEP % "note: '4242  4242  4242  4242'", f"5:18: what stands here could be a card number; {CARD}"),
    (STEP % 'note: "4242\\u20114242\\u20114242\\u20114242"', f"5:18: what stands here could be a card number; {CARD}"),
    (HEAD + "  - http: {path: /4242/4242/4242/4242}", f"4:18: what stands here could be a card number; {CARD}"),
    (HEAD + "# 4242 4242 4242 4242", f"4:1: what stands here could be a card number; {CARD}"),
    (STEP % "a: 1" + "values: {m: '${random.choice(pm_1RealCustomerCard)}'}\n", f"6:13: a payment method stands here that is not a test one; {CARD}"),
    (HEAD + "  - http: {path: /, method: POST, body: payment_method=pm_1RealCard99}", f"4:41: a payment method stands here that is not a test one; {CARD}"),
    (HEAD + "  - http: {path: /, method: POST, body: 'card[number]=${run.id}'}", f"4:41: card numbers do not belong into a scenario; {CARD}"),
    (STEP % "key: sk_org_live_hunter2", f"5:17: a live-mode Stripe key stands here; {KEY}"),
    (STEP % "key: sk_live_hunter2", f"5:17: a live-mode Stripe key stands here; {KEY}"),
    (STEP % "key: sk_test_hunter2", f"5:17: a Stripe key stands here; {KEY}"),
    (HEAD + "# rk_live_hunter2", f"4:3: a live-mode Stripe key stands here; {KEY}"),
    (HEAD + "name: t", "4:1: duplicate key `name`; it stands in line 1 already; keep one"),
    (HEAD + "\t- x", "4:1: YAML does not allow a tab here; indent with spaces"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_mistake(text: str, message: str) -> None:
    """One mistake, one message: line and column, what is wrong and how to mend it; no secret in any."""
    found = refuse(text)
    assert f"s.yaml:{message}" in found
    assert "hunter2" not in "".join(found)
    assert "4242424242" not in "".join(found)


def test_all_at_once() -> None:
    """Sorted by place, each once."""
    text = STEP % "confirm: yes, source: x, a: '${saved.b}'" + "    expct: {}\n  - certificates: {}\nevry: 5m\n"
    places = [message.split(": ")[0] for message in refuse(text)]
    assert places == [f"s.yaml:{at}" for at in ("5:21", "5:34", "5:40", "6:5", "7:5", "8:1")]


@pytest.mark.parametrize(
    "parameters",
    [
        "payment_method: tok_visa_chargeDeclinedInsufficientFunds",
        "payment_method: pm_card_threeDSecure2Required",
        "source: tok_429",
        "payment_method: '${run.id}'",
        "amount: 1234567890123, customer: cus_123, metadata: {order: pm_of_the_day}",
        "card: {token: tok_avsLine1Fail}",
    ],
)
def test_harmless(parameters: str) -> None:
    """Stripe's fixed test payment methods, and what only looks a little like a card."""
    assert load_scenario(STEP % parameters, "s").steps


def test_cleanup_may_use_what_any_step_saved() -> None:
    """Also what a part of an answer saved, and what earlier cleanup saved."""
    text = STEP % "a: 1" + (
        "    save: {b: data}\ncleanup:\n  - stripe: v1.x.y\n    with: {c: '${saved.b.0.id} ${path}'}\n"
        "    save: {d: id}\n  - stripe: v1.x.z\n    when: saved.d\n"
    )
    assert len(load_scenario(text, "s").cleanup) == 2


def test_method_hint() -> None:
    """Who knows the SDK says what is wrong with a method; the place is found here."""
    hints = {"v1.refund.create": "did you mean v1.refunds.create?"}
    assert load_scenario(CHARGE, "s.yaml", known=Knowledge(method_hint=hints.get))
    with pytest.raises(SetupError) as caught:
        load_scenario(CHARGE.replace("v1.refunds.", "v1.refund."), "s.yaml", known=Knowledge(method_hint=hints.get))
    message = "the Stripe SDK has no method `v1.refund.create`; did you mean v1.refunds.create?"
    assert str(caught.value) == f"s.yaml:15:13: {message}"


def test_directory(tmp_path: pathlib.Path) -> None:
    """By file name; other files and hidden ones are left alone; mistakes of all files at once."""
    (tmp_path / "b.yaml").write_text(HEAD)
    (tmp_path / "a.yml").write_text(HEAD.replace("name: s", "name: t"))
    (tmp_path / ".c.yaml").write_text("nonsense")
    (tmp_path / "README.md").write_text("nonsense")
    found = load_scenarios(tmp_path)
    assert [(s.name, s.source) for s in found] == [("t", f"{tmp_path}/a.yml"), ("s", f"{tmp_path}/b.yaml")]
    (tmp_path / "c.yaml").write_text(HEAD)
    (tmp_path / "d.yaml").write_text("a: [")
    (tmp_path / "e.yaml").mkdir()
    with pytest.raises(SetupError) as caught:
        load_scenarios(tmp_path)
    assert [str(m).removeprefix(str(tmp_path)) for m in caught.value.mistakes] == [
        f"/c.yaml:1:7: `s` is the name of {tmp_path}/b.yaml already; give it a name of its own",
        "/d.yaml:1:5: not valid YAML: expected the node content, but found '<stream end>'; close the bracket or brace, and put commas between",
        "/e.yaml: cannot be read: is a directory; make it readable",
    ]


def test_no_directory_and_empty_directory(tmp_path: pathlib.Path) -> None:
    """Neither is taken for "nothing to do"."""
    with pytest.raises(SetupError, match="the scenarios cannot be read: no such file or directory; create it"):
        load_scenarios(tmp_path / "no")
    with pytest.raises(SetupError, match="no scenario file"):
        load_scenarios(tmp_path)


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            [*CHARGE.splitlines(), "  - wait: 1s", "  - {}", "steps: [[]]", "    with: [1]", "    expect: {error: {}}", "    save: x", "    name: [a]", "cleanup: 3", "  - 1:"]
        ),
        max_size=16,
    ).map("\n".join)
)  # fmt: skip
def test_nothing_but_setup_errors(text: str) -> None:
    """Whatever stands in the file, it is loaded or refused with mistakes."""
    try:
        load_scenario(text, "f")
    except SetupError as error:
        assert error.mistakes  # noqa: PT017 - both ways out are fine, and this is what the refusal promises


def test_a_regular_expression_that_is_none() -> None:
    """Found by validation, at its place, and not by a run at night."""
    step = "name: x\nsteps:\n  - stripe: v1.balance.retrieve\n    expect:\n"
    (told,) = refuse(step + "      object: {matches: '[a-'}\n")
    assert told.startswith("s.yaml:5:25: `matches` is no regular expression: missing ]: [a-; write it as RE2 has it")
    assert refuse(step + "      object: {present: true, matches: 5}\n") == [
        "s.yaml:5:40: `matches` must be text; write it in quotes"
    ]
    fine = "      object: {matches: '^${run.id}(x|y)$'}\n      value: {matches: '[', other: 1}\n      a: [1]\n"
    assert load_scenario(step + fine, "s.yaml").steps[0].expect["value"] == {"matches": "[", "other": 1}


def test_how_loud_how_good_and_where() -> None:
    """Pages and 99 % everywhere unless the file says otherwise."""
    plain = load_scenario(HEAD, "s")
    assert (plain.severity, plain.slo, plain.paths, plain.locations) == (Severity.PAGE, 0.99, None, None)
    said = load_scenario(HEAD + "severity: ticket\nslo: 0.9\npaths: [billing, eu]\nlocations: [here]\n", "s")
    assert (said.severity, said.slo) == (Severity.TICKET, 0.9)
    assert (said.paths, said.locations) == (("billing", "eu"), ("here",))


def test_a_path_that_is_not_configured() -> None:
    """Who knows the paths tells: a scenario for none of them would never run, and nobody would see it."""
    text = HEAD + "paths: [billing, biling-eu]\n"
    with pytest.raises(SetupError) as caught:
        load_scenario(text, "s.yaml", known=Knowledge(paths=["billing", "billing-eu"]))
    assert str(caught.value) == "s.yaml:4:18: no path `biling-eu` is configured; did you mean `billing-eu`?"
    assert load_scenario(text, "s.yaml").paths == ("billing", "biling-eu")


def test_what_only_other_rooms_know() -> None:
    """Parameters and reasons are checked by whoever knows them, at the place where each stands."""

    def faults(method: str, parameters: Mapping[str, object]) -> list[ParameterFault]:
        assert method == "v1.x.create"
        known = {"a": "unknown parameter `a`", "missing": "`missing` is missing"}
        return [ParameterFault((name,), said, "mend it") for name, said in known.items() if parameters != {}]

    text = STEP % "a: 1" + "    retry: [tcp.refused, stripe.*, stripes.*, tcp.refuse]\n  - stripe: v1.x.create\n"
    knowledge = Knowledge(parameter_faults=faults, reasons={"tcp.refused", "stripe.api_error"})
    with pytest.raises(SetupError) as caught:
        load_scenario(text, "s.yaml", known=knowledge)
    listed = "known here: `stripe.api_error`, `tcp.refused` (`paypath explain` lists them all)"
    assert [str(mistake) for mistake in caught.value.mistakes] == [
        "s.yaml:5:5: `missing` is missing; mend it",
        "s.yaml:5:12: unknown parameter `a`; mend it",
        f"s.yaml:6:36: no reason `stripes.*`; {listed}",
        "s.yaml:6:47: no reason `tcp.refuse`; did you mean `tcp.refused`? (`paypath explain` lists them all)",
    ]


def test_the_whole_language() -> None:
    """What each key becomes."""
    text = """\
name: s
values: {amount: "${random.amount(100, 500)}", currency: usd}
steps:
  - handshake: {client_certificate: withheld}
    expect: {within: 1500ms}
  - http: {client_certificate: withheld}
  - handshake: {}
  - certificates: {valid_for: 14d}
  - name: a
    stripe: v1.x.create
    with: {amount: "${values.amount}"}
    retry: []
  - stripe: v1.x.create
    same_key_as: a
    retry: [stripe.*]
"""
    found = load_scenario(text, "s")
    assert found.values == {"amount": "${random.amount(100, 500)}", "currency": "usd"}
    bare, asked, _, lasting, create, again = found.steps
    assert (bare.action, bare.within_s, bare.expect) == (HandshakeAction(without_certificate=True), 1.5, {})
    assert asked.action == HttpAction(method="GET", path=HEALTH_PATH, without_certificate=True)
    assert lasting.action == CertificatesAction(valid_for_s=14 * 86400)
    assert (create.retry, create.same_key_as) == ((), None)
    assert (again.retry, again.same_key_as) == (("stripe.*",), "a")
