"""docs/architecture.md tells the truth about the rooms."""

import re
import tomllib

from tests.project.locks import ROOT


def test_the_rooms_are_those_of_the_import_contract() -> None:
    """The list of rooms in the document is the list of layers that import-linter holds."""
    document = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    block = document.split("```\n")[1]
    listed = [re.split(r" {2,}", line)[0] for line in block.splitlines()]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    assert listed == next(contract["layers"] for contract in contracts if contract["type"] == "layers")


def test_every_room_is_listed() -> None:
    """A folder of the package that the document does not know is a room without a place."""
    document = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (ROOT / "probe").glob("*/__init__.py")}
    named = set(
        re.findall(r"[a-z]+", " ".join(re.split(r" {2,}", line)[0] for line in document.split("```\n")[1].splitlines()))
    )
    assert rooms <= named


def test_links_lead_somewhere() -> None:
    """Every relative link in the documents leads to a file that exists."""
    documents = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []
