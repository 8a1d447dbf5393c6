"""What README and documents name, taken out of their Markdown."""

import pathlib
import re
from collections.abc import Iterator
from typing import Final

from tests.project.locks import ROOT

DOCUMENTS: Final = (
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "deploy").rglob("*.md")),
)
_FENCED: Final = re.compile(r"^ *```\w*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_CODE: Final = re.compile(r"``(.+?)``|`([^`\n]+)`")
_LINK: Final = re.compile(r"\]\(([^)#:\s]*)#([^)\s]+)\)")
_COMMAND: Final = re.compile(r"(?:^|[\s$|(/;])paypath ((?:[a-z][a-z-]*|--[a-z-]+)(?=[\s`'\")]|$)[^|;&>#`()]*)")


def words(document: pathlib.Path) -> set[str]:
    """Everything that stands in backticks, outside of blocks."""
    text = _FENCED.sub("", document.read_text(encoding="utf-8"))
    return {(double or single).strip() for double, single in _CODE.findall(text)}


def lines(document: pathlib.Path) -> list[str]:
    """The lines of all blocks, those that end with a backslash joined."""
    blocks = _FENCED.findall(document.read_text(encoding="utf-8"))
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]


def commands(document: pathlib.Path) -> Iterator[str]:
    """What stands behind `paypath`, wherever a command is written: `check --config FILE`. Not what is printed."""
    for text in (*words(document), *lines(document)):
        yield from (found.strip() for found in _COMMAND.findall(text) if not found.startswith("-- "))


def anchors(document: pathlib.Path) -> set[str]:
    """Where a link into the document may lead, as GitHub names its headings."""
    text = _FENCED.sub("", document.read_text(encoding="utf-8"))
    headings = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", each) for each in re.findall(r"^#+ (.*)$", text, re.MULTILINE))
    slugs = {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def links_into(document: pathlib.Path) -> Iterator[tuple[pathlib.Path, str]]:
    """Each link to a heading: the document that it leads into, and the anchor."""
    for target, anchor in _LINK.findall(document.read_text(encoding="utf-8")):
        yield (document.parent / target).resolve() if target else document, anchor
