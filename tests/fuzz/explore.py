"""One target under atheris: `python -m tests.fuzz.explore TARGET DIRECTORY [libFuzzer's flags]`, in a venv that has atheris.

Coverage guides it: an input that reaches new lines of `probe` is kept in DIRECTORY and mutated further.
"""

import pathlib
import sys

import atheris  # type: ignore[import-not-found]  # only in the venv of `make fuzz`

with atheris.instrument_imports(include=["probe"]):
    from tests.fuzz.targets import corpus, targets


def main() -> None:
    """Never returns: libFuzzer ends the process."""
    target = targets()[sys.argv[1]]
    directory = pathlib.Path(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    past = [file.read_bytes() for file in corpus(target.name)]
    for number, seed in enumerate([*target.seeds, *past]):
        (directory / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], str(directory), *sys.argv[3:]], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
