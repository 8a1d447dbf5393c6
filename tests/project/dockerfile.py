"""Reads a Dockerfile into its stages: enough for tests to look at it, and to carry out its steps without an engine."""

import json
import pathlib
import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction with its continuation lines joined."""

    word: str
    """Upper case: `RUN`, `COPY`, …"""
    rest: str

    @property
    def exec_form(self) -> list[str] | None:
        """The words of a JSON array after the flags (and after HEALTHCHECK's CMD); None for the shell form."""
        found = re.search(r"(\[.*\])\s*$", self.rest)
        words: list[str] | None = json.loads(found[1]) if found else None
        return words


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands between one FROM and the next."""

    name: str
    image: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, word: str) -> list[Instruction]:
        """The instructions of one kind, in order."""
        return [one for one in self.instructions if one.word == word]


def read(path: pathlib.Path) -> list[Stage]:
    """The stages of a Dockerfile, in order; `ARG`s before the first FROM are left out."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    stages: list[Stage] = []
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            stages.append(Stage(name, image))
        elif word and stages:
            stages[-1].instructions.append(Instruction(word.upper(), rest.strip()))
    return stages


def context_holds(ignore: str, path: str) -> bool:
    """Whether `path` is in the build context under a .dockerignore of exact names and folders; the last match wins."""
    kept = True
    for pattern in (line.strip() for line in ignore.splitlines()):
        if not pattern or pattern.startswith("#"):
            continue
        name = pattern.removeprefix("!")
        if name in ("*", path) or path.startswith(f"{name}/") or pathlib.PurePosixPath(path).match(name):
            kept = pattern.startswith("!")
    return kept
