"""OpenTelemetry as an observer of runs: spans, metrics, their export and the page that Prometheus reads."""
