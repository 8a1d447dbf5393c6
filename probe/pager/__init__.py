"""Direct pages for where no Prometheus is: an observer of runs that decides, an outbox, and the sinks that tell people."""
