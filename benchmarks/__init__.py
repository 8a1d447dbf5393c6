"""What a probe costs, measured: `make bench` runs it, docs/performance.md shows it."""
