"""The generated pages hold every reason once."""

from probe.catalogue.catalogue import load
from probe.catalogue.render import MARK, pages


def test_every_reason_has_a_row_and_a_section_at_its_anchor() -> None:
    """A link of the overview leads to a heading whose anchor it names."""
    made = pages(load())
    for entry in load().entries:
        path, _, _ = entry.runbook.partition("#")
        assert f"\n## {entry.reason}\n" in made[path]
        assert f"[`{entry.reason}`]({entry.runbook.removeprefix('docs/')})" in made["docs/failures.md"]


def test_pages_say_that_they_are_generated_and_each_family_stands_once() -> None:
    """Alerts come last in the data file, and still stand among the others of `tls`."""
    made = pages(load())
    assert all(text.startswith(MARK) for text in made.values())
    assert made["docs/failures.md"].count("\n## tls\n") == 1


def test_a_step_that_names_the_rotation_runbook_links_to_it() -> None:
    """The long runbook lies beside the generated ones."""
    assert "[rotation.md](rotation.md)" in pages(load())["docs/runbooks/client-certificate.md"]
