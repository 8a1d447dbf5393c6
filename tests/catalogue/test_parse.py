"""The data file is checked at load: each broken rule is named with its place."""

import pytest

from probe.catalogue.parse import CatalogueError, parse

GOOD = """
version = 1
[[codes]]
match = "tls.*"
code = 5023
title = "Timeout"
[[codes]]
match = "tls.fine"
code = 5024
title = "Finer"
[[families]]
match = "tls.*"
hop = "probe-connector"
runbook = "docs/runbooks/tls.md"
[[families]]
match = "tls.alert.*"
hop = "probe-connector"
runbook = "docs/runbooks/alerts.md"
[[reasons]]
reason = "tls.failed"
headline = "TLS failed"
blame = "unknown"
retryable = true
severity = "page"
meaning = "It failed."
first_steps = ["Look."]
[[reasons]]
reason = "tls.fine"
headline = "TLS is fine"
blame = "ours"
retryable = false
severity = "none"
meaning = "It is fine."
first_steps = ["Rest.", "Sleep."]
[alerts]
blame = "connector"
retryable = false
severity = "page"
first_steps = ["Ask."]
names = [{ number = 40, name = "handshake_failure", means = "no agreement" }]
"""


def test_a_good_file_gives_its_version_codes_and_entries() -> None:
    """The longest match gives the code, and the family gives hop and runbook."""
    version, codes, entries = parse(GOOD)
    assert (version, [(row.code, row.title) for row in codes]) == (1, [(5023, "Timeout"), (5024, "Finer")])
    assert [entry.title for entry in entries] == ["Timeout", "Finer", "Timeout"]
    assert {entry.reason: (entry.code, entry.runbook) for entry in entries} == {
        "tls.failed": (5023, "docs/runbooks/tls.md#tlsfailed"),
        "tls.fine": (5024, "docs/runbooks/tls.md#tlsfine"),
        "tls.alert.handshake_failure": (5023, "docs/runbooks/alerts.md#tlsalerthandshake_failure"),
    }
    assert entries[2].alert == 40
    assert "handshake_failure (40): no agreement." in entries[2].meaning


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version = 1", 'version = "1"', "the file: version must be int, not '1'"),
        ("version = 1", "version = 1\nmore = 2", r"the file: missing \[\], unknown \['more'\]"),
        ("code = 5023", 'code = "5023"', "code row 'tls.*': code must be int"),
        ("code = 5023", "code = true", "code row 'tls.*': code must be int"),
        ('hop = "probe-connector"', 'hop = "moon"', "reason 'tls.failed': hop 'moon' is none of"),
        ('hop = "probe-connector"', 'hop = "none"\nmore = 1', r"family 'tls.\*': missing \[\], unknown \['more'\]"),
        ('blame = "unknown"', 'blame = "them"', "reason 'tls.failed': blame 'them' is none of"),
        ('severity = "none"', 'severity = "call"', "reason 'tls.fine': severity 'call' is none of"),
        ("retryable = true", "retryable = 1", "reason 'tls.failed': retryable must be bool, not 1"),
        ('headline = "TLS failed"\n', "", r"reason 'tls.failed': missing \['headline'\]"),
        ('headline = "TLS failed"', 'headline = " "', "reason 'tls.failed': headline is empty"),
        ('meaning = "It failed."', 'meaning = ""', "reason 'tls.failed': meaning is empty"),
        ('first_steps = ["Look."]', "first_steps = []", "reason 'tls.failed': first_steps must be a list"),
        ('first_steps = ["Look."]', "first_steps = [1]", "reason 'tls.failed': first_steps must be a list"),
        ('reason = "tls.fine"', 'reason = "tls.failed"', "reason 'tls.failed' stands there twice"),
        ('reason = "tls.fine"', 'reason = "tcp.fine"', "reason 'tcp.fine': no code row or no family"),
        ('name = "handshake_failure"', 'name = ""', "alert '': name is empty"),
        ("number = 40", "number = 4.0", "alert 'handshake_failure': number must be int"),
        ("number = 40, ", "", r"alert 'handshake_failure': missing \['number'\]"),
        (
            'names = [{ number = 40, name = "handshake_failure", means = "no agreement" }]',
            "names = [1]",
            r"^\[alerts\]: names must be a list of tables",
        ),
        ('title = "Timeout"', 'title = "Timeout"\nmore = 1', r"^code row 'tls.\*': missing \[\], unknown \['more'\]"),
        ('title = "Timeout"', "title = 1", r"^code row 'tls.\*': title must be str"),
        ('match = "tls.*"\ncode', "match = 1\ncode", "^code row 1: match must be str"),
        ('match = "tls.*"\ncode', 'match = "tcp.*"\ncode', "^reason 'tls.failed': no code row or no family"),
        ('reason = "tls.failed"', 'reason = ""', "^reason '': reason is empty"),
        ('runbook = "docs/runbooks/tls.md"', 'runbook = ""', "^reason 'tls.failed': runbook is empty"),
        ('blame = "unknown"', "blame = 1", "^reason 'tls.failed': blame must be str"),
        ('blame = "unknown"', 'blame = "them"', r"is none of \['ours', "),
        ('headline = "TLS failed"', "headline = 1", "^reason 'tls.failed': headline must be str"),
        ('first_steps = ["Look."]', 'first_steps = "Look."', "^reason 'tls.failed': first_steps must be list"),
        (
            'first_steps = ["Ask."]',
            'first_steps = ["Ask."]\nmore = 1',
            r"^\[alerts\]: missing \[\], unknown \['more'\]",
        ),
        ('means = "no agreement"', 'means = ""', "^alert 'handshake_failure': means is empty"),
    ],
)
def test_a_broken_rule_is_named(old: str, new: str, said: str) -> None:
    """Unknown keys, wrong types, values outside the closed sets, twins: each is refused at load."""
    assert old in GOOD
    with pytest.raises(CatalogueError, match=said):
        parse(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("key", "wanted"), [("codes", "list"), ("families", "list"), ("reasons", "list"), ("alerts", "dict")]
)
def test_a_part_of_another_kind_is_named(key: str, wanted: str) -> None:
    """It stands in no table of its own yet: the place is the file."""
    parts = {"version": "1", "codes": "[]", "families": "[]", "reasons": "[]", "alerts": "{}"} | {key: "1"}
    with pytest.raises(CatalogueError, match=f"^the file: {key} must be {wanted}, not 1$"):
        parse("\n".join(f"{name} = {value}" for name, value in parts.items()))
