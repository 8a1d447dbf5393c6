"""paypath: knows at every moment whether money can flow, and if not, exactly why."""

__version__ = "0.1.0"
