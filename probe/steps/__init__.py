"""One file per step kind, each one async function of one type; the registry of them is `probe.steps.registry`."""
