"""The clock's driver: every scenario on every path, each on an interval of its own."""
