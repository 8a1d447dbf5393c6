"""Writes docs/configuration.md from the models: `python -m probe.settings.docs [--check]`."""

import sys
from typing import Final

from probe.documents.reference import DOCS, Row, rows, table, write_or_check
from probe.settings.schema import config_schema

_HEAD: Final = """# Configuration

<!-- Written by `python -m probe.settings.docs` from the models. Change the docstrings there, not this page. -->

`paypath` reads `paypath.yaml` in the working directory, or the file that `--config` names, and then the environment: a
variable wins over the file. Every key is optional. `paypath validate` names every mistake at once, with file, line
and column and the way to mend it; `paypath schema config` prints the JSON Schema for an editor.

- **Durations** are a number with its unit: `500ms`, `30s`, `5m`, `1h30m`, `30d`. A plain number is refused.
- **Relative paths** are relative to the file that names them; in a variable, to the working directory.
- **Secrets** (`api_key`, `private_key_password`, `credentials`, `password`, and of `pages` `url`, `routing_key`, `token`) have a second form with `_file`, which names a file that holds nothing
  else. Both at once is a mistake. Stripe keys must be of test mode (`sk_test_`, `rk_test_`): nothing can turn that off.
- **Variables** are `PAYPATH_` and the key in upper case, with `__` between levels. Lists and maps are JSON
  (`PAYPATH_SCENARIOS__ENABLED='["card-charge"]'`). Names of paths and identities are lower-cased, and `_` also stands for `-`.
  An empty variable counts as unset; `null` takes back what the file says. An unknown `PAYPATH_…` name is a warning;
  what Kubernetes injects for a Service called `paypath` (`PAYPATH_SERVICE_*`, `PAYPATH_PORT*`) is ignored.
- **YAML** is read strictly: `true` and `false` are the only booleans, and `yes`, `no`, `on`, `off` and numbers such as `010`,
  which YAML readers disagree about, are refused where they stand for anything. Tags and merge keys are not supported.
- **`environment: lab`** is reserved for connectors on the loopback.
- **`key_from: connector`**: the connector brings the Stripe key, and giving one here is a mistake. The SDK gets the
  placeholder `sk_test_paypath_injected`.

"""


def page() -> str:
    """The whole page."""
    found = rows(config_schema())
    columns = {
        "key": lambda row: f"`{'.'.join(row.key)}`",
        "value": lambda row: row.kind,
        "default": lambda row: "**required**" if row.required else row.default,
        "meaning": lambda row: row.meaning,
        "variable": lambda row: "" if any(part.endswith("[]") for part in row.key) else f"`{_variable(row)}`",
    }
    return _HEAD + "## All keys\n\n`NAME` is a name of yours; `[]` is each item of a list.\n\n" + table(found, columns)


def _variable(row: Row) -> str:
    return "PAYPATH_" + "__".join(part.upper() for part in row.key)


if __name__ == "__main__":
    sys.exit(write_or_check(DOCS / "configuration.md", page(), sys.argv[1:]))
