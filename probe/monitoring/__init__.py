"""What Prometheus, Alertmanager and Grafana need to make pages and pictures of the metrics: generated, so that nothing drifts."""
