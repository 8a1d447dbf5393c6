"""paypath: knows at every moment whether money can flow, and if not, exactly why."""

from typing import Final

__version__: Final = "0.1.0"
