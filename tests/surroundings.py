"""The environment that tests run in: the same wherever they are started."""

from collections.abc import MutableMapping
from typing import Final

_OURS: Final = ("PAYPATH_", "OTEL_")
"""What the product reads: a test that wants one sets it."""
_LOOKS: Final = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "TERM")
"""What changes how output is wrapped and coloured; GNU readline sets COLUMNS in pytest's own workers."""
SCREENSHOTS: Final = "PAYPATH_TEST_SCREENSHOTS"
"""Names a directory where tests keep pictures of what people see. paypath itself must not find it: it warns of names that it does not know."""
KEPT_AS: Final = "TEST_SCREENSHOTS"
"""The same for the tests, and for pytest's workers, which are started from settled surroundings."""
_HERE: Final = "127.0.0.1,localhost"


def settle(environ: MutableMapping[str, str]) -> None:
    """Take out what a person's shell would change in a result, and keep proxies away from servers on this machine."""
    if environ.get(SCREENSHOTS):
        environ[KEPT_AS] = environ[SCREENSHOTS]
    for name in [name for name in environ if name.startswith(_OURS) or name in _LOOKS]:
        del environ[name]
    for name in ("no_proxy", "NO_PROXY"):
        others = [one for one in environ.get(name, "").split(",") if one and one not in _HERE.split(",")]
        environ[name] = ",".join([*others, _HERE])
