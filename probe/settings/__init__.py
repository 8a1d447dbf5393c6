"""The configuration: a YAML file and `PAYPATH_…` variables, checked as a whole, turned into the engine's own types."""
