"""The page about the lab follows the faults."""

import re

import pytest

from probe.documents.reference import DOCS
from probe.lab.docs import page
from probe.lab.faults import FAULTS


def test_in_step() -> None:
    """`python -m probe.lab.docs` mends it."""
    assert (DOCS / "lab.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_its_row(name: str) -> None:
    """With its reason, linked to the runbook."""
    assert re.search(rf"^\| `{name}` \| .* \| \[`{re.escape(FAULTS[name].reason)}`\]\(runbooks/", page(), re.MULTILINE)


def test_links_lead_somewhere() -> None:
    """Every runbook that is linked is there, and has the heading."""
    for file, anchor in set(re.findall(r"\]\(([\w/-]+\.md)#([\w-]+)\)", page())):
        headings = re.findall(r"^#+ (.*)$", (DOCS / file).read_text(encoding="utf-8"), re.MULTILINE)
        explicit = re.findall(r'<a (?:id|name)="([\w-]+)"', (DOCS / file).read_text(encoding="utf-8"))
        slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in slugs | set(explicit), (file, anchor)
