"""The closed set of reasons and codes, from one data file (`failures.toml`). Pure."""
