"""The runbooks as a folder of their own, to be published where `links.runbooks` says."""

import re
from collections.abc import Mapping
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.catalogue.render import pages
from probe.monitoring.shipped import rotation_runbook
from probe.monitoring.texts import RUNBOOKS

_ELSEWHERE: Final = re.compile(r"\[([^\]]*)\]\(\.\./[^)]*\)")
"""A link that leads out of the folder."""


def runbook_files(catalogue: Catalogue) -> Mapping[str, str]:
    """Name of the file -> Markdown: a page for each family of reasons, and how to rotate a certificate."""
    made = {path.removeprefix(RUNBOOKS): text for path, text in pages(catalogue).items() if path.startswith(RUNBOOKS)}
    rotation = rotation_runbook().read_text(encoding="utf-8")
    return {**made, "rotation.md": _ELSEWHERE.sub(r"\1", rotation)}
