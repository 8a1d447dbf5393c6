"""The web face of `paypath run`."""
