"""Write the pages that are generated from the catalogue, or check that they are in step: `python -m probe.catalogue.docs [--check]`."""

import argparse
import pathlib
import sys
from collections.abc import Sequence

from probe.catalogue.catalogue import load
from probe.catalogue.render import MARK, pages


def out_of_step(root: pathlib.Path) -> tuple[str, ...]:
    """Generated pages below `root` that are missing or differ, and those that no reason belongs to any more."""
    wanted = pages(load())
    wrong = [path for path, text in wanted.items() if _text(root / path) != text]
    for found in sorted((root / "docs").rglob("*.md")):
        path = found.relative_to(root).as_posix()
        if path not in wanted and _text(found).startswith(MARK):
            wrong.append(path)
    return tuple(wrong)


def write(root: pathlib.Path) -> tuple[str, ...]:
    """Put every generated page in step, and say which were not; a page without reasons is removed."""
    wanted = pages(load())
    wrong = out_of_step(root)
    for path in wrong:
        target = root / path
        if path in wanted:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(wanted[path], encoding="utf-8")
        else:
            target.unlink()
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 1 where `--check` finds a page out of step."""
    parser = argparse.ArgumentParser(prog="python -m probe.catalogue.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is out of step")
    parser.add_argument(
        "--root", type=pathlib.Path, default=pathlib.Path(), help="the project's folder (default: here)"
    )
    chosen = parser.parse_args(arguments)
    if not chosen.check:
        for path in write(chosen.root):
            sys.stdout.write(f"wrote {path}\n")
        return 0
    wrong = out_of_step(chosen.root)
    for path in wrong:
        sys.stderr.write(
            f"{path} is out of step with probe/catalogue/failures.toml: run `python -m probe.catalogue.docs`\n"
        )
    return 1 if wrong else 0


def _text(path: pathlib.Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
