"""Write what paypath is made of, as CycloneDX: `make sbom`, offline, from the lock that is installed and shipped.

Each release has its version and the hashes that the lock allows; the same lock gives the same bytes.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib
from typing import Any, Final

ROOT: Final = pathlib.Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "requirements.txt"


def main(file: pathlib.Path) -> None:
    """Make the directory and write the file."""
    made = subprocess.run(  # noqa: S603 - our own interpreter, and words of our own
        [
            sys.executable,
            "-m",
            "cyclonedx_py",
            "requirements",
            str(LOCK),
            "--pyproject",
            str(ROOT / "pyproject.toml"),
            "--output-reproducible",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(completed(json.loads(made.stdout)), indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"sbom: {file}\n")


def completed(bom: dict[str, Any]) -> dict[str, Any]:
    """With paypath's own version, which hatchling reads from the package, and what it asks for itself."""
    root = bom["metadata"]["component"]
    version = re.search(
        r'^__version__ = "(.+)"$', (ROOT / "probe" / "__init__.py").read_text(encoding="utf-8"), re.MULTILINE
    )
    if version is None:
        raise SystemExit("sbom: probe/__init__.py has no __version__")
    root["version"] = version[1]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = {re.split(r"[^a-z0-9-]", text.lower())[0] for text in project["dependencies"]}
    references = sorted(each["bom-ref"] for each in bom["components"] if each["name"] in direct)
    others = [each for each in bom.get("dependencies", ()) if each["ref"] != root["bom-ref"]]
    bom["dependencies"] = [{"ref": root["bom-ref"], "dependsOn": references}, *others]
    return bom


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
