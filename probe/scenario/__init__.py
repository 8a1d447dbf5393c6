"""Scenario files: checked without running anything, and turned into the engine's own types."""
