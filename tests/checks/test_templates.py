"""`${…}` in scenarios."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.checks.templates import TemplateError, expand, find_names

SCOPE = {
    "saved": {"intent": "pi_1", "amount": 100, "live": False, "charge": {"id": "ch_1"}, "evil": "${run.id}"},
    "run": {"id": "r1"},
    "environment": "staging",
}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("${saved.intent}", "pi_1"),
        ("${saved.amount}", 100),
        ("${saved.live}", False),
        ("${saved.charge}", {"id": "ch_1"}),
        ("${saved.charge.id}", "ch_1"),
        ("${ environment }", "staging"),
        ("run ${run.id} of ${environment}: ${saved.amount} ${saved.live}", "run r1 of staging: 100 false"),
        ("$${saved.intent}", "${saved.intent}"),
        ("$${", "${"),
        ("costs $5 {a}", "costs $5 {a}"),
        ("${saved.evil}", "${run.id}"),
        ("is ${saved.evil}", "is ${run.id}"),
        ({"a": ["${run.id}", {"b": "${saved.amount}"}], "c": 5}, {"a": ["r1", {"b": 100}], "c": 5}),
        (("${run.id}",), ["r1"]),
        (None, None),
    ],
)
def test_expanding(template: object, value: object) -> None:
    """A whole template keeps its value's type; what was put in is not expanded again."""
    expanded = expand(template, SCOPE)
    assert expanded == value
    assert type(expanded) is type(value)


def test_true_within_text_is_written_as_in_yaml() -> None:
    """Stripe's forms say `true`, not `True`."""
    assert expand("x=${saved.yes}", {"saved": {"yes": True}}) == "x=true"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("${saved.nope}", "known here: environment, run.id, saved.amount, saved.charge"),
        ("${saved}", "names nothing"),
        ("${}", "names nothing"),
        ("a ${run.id", r"without its `}`"),
        ("${run.id ${environment}", r"without its `}`"),
        ("a ${saved.charge}", "is no text"),
    ],
)
def test_mistakes(template: str, words: str) -> None:
    """They say what is known instead."""
    with pytest.raises(TemplateError, match=words):
        expand(template, SCOPE)


def test_an_empty_scope_says_so() -> None:
    """Nothing is known there."""
    with pytest.raises(TemplateError, match="known here: nothing") as raised:
        expand("${x}", {})
    assert raised.value.name == "x"


def test_names_can_be_checked_before_anything_runs() -> None:
    """Each once, in order, from any depth; escapes name nothing."""
    value = {"a": "${saved.b} ${run.id}", "c": ["$${no}", ("${saved.b}", "${path}")], "d": 1}
    assert find_names(value) == ("saved.b", "run.id", "path")
    with pytest.raises(TemplateError):
        find_names("${")


@given(st.text())
def test_text_without_templates_stays(text: str) -> None:
    """Nothing but `${` means anything."""
    plain = text.replace("${", "")
    assert expand(plain, {}) == plain


@given(st.text())
def test_escaping_keeps_every_text(text: str) -> None:
    """Any text can be said, by writing `$${` for each `${`."""
    assert expand(text.replace("${", "$${"), {}) == text


@pytest.mark.parametrize(
    ("template", "name", "words"),
    [
        ("a ${", "", "`${` without its `}`; write `$${` for the two characters themselves"),
        ("${ }", "", "`${}` names nothing"),
        ("a ${saved.list}", "saved.list", "`${saved.list}` is no text, so it cannot stand within other text"),
        ("${saved.none}", "saved.none", "`${saved.none}` names nothing; known here: saved.list"),
    ],
)
def test_a_mistake_says_which_template_it_is(template: str, name: str, words: str) -> None:
    """By its name, and to the letter."""
    with pytest.raises(TemplateError) as raised:
        expand(template, {"saved": {"list": [1]}})
    assert (raised.value.name, str(raised.value)) == (name, words)


@pytest.mark.parametrize(
    "template",
    [
        "${saved.__class__}",
        "${saved.id.__class__}",
        "${saved.keys}",
        "${saved.id.upper}",
        "${saved.list.append}",
        "${saved.id.0}",
        "${saved[id]}",
    ],
)
def test_no_attribute_of_anything_is_reached(template: str) -> None:
    """A name is looked up in maps and lists, and nowhere else."""
    with pytest.raises(TemplateError, match="names nothing"):
        expand(template, {"saved": {"id": "pi_1", "list": [1]}})


@pytest.mark.parametrize(
    "text", ["{saved.id}", "{0.__class__}", "%(saved)s", "{{ saved.id }}", "$saved", "{% raw %}", "$(id)", "`id`"]
)
def test_other_languages_stay_text(text: str) -> None:
    """What would be a template elsewhere is sent as it is written."""
    assert expand(text, {"saved": {"id": "pi_1"}}) == text


def test_what_was_put_in_is_not_expanded_again() -> None:
    """An answer cannot name what a later step sends."""
    scope = {"saved": {"id": "${saved.secret}", "secret": "hush"}}
    assert expand(["${saved.id}", "a ${saved.id}"], scope) == ["${saved.secret}", "a ${saved.secret}"]
