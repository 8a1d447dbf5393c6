"""The key `cron`: where `paypath check` leaves its metrics, and what that becomes."""

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BeforeValidator, ConfigDict, WithJsonSchema

from probe.documents.fields import Duration, FilePath, Text, file_path, refused
from probe.documents.masking import quoted
from probe.documents.tree import Loc
from probe.model.secret import Secret
from probe.settings.addresses import AnyUrl
from probe.settings.connector import Keys
from probe.settings.secret_values import Credentials

ENDING: Final = ".prom"


def textfile(value: object) -> pathlib.Path:
    """A file that node_exporter looks at."""
    file = file_path(value)
    if file.suffix != ENDING:
        raise refused(f"{quoted(str(file))} is read by no node_exporter", f"let its name end in `{ENDING}`")
    return file


Textfile = Annotated[pathlib.Path, BeforeValidator(textfile), WithJsonSchema({"type": "string", "pattern": r"\.prom$"})]


class CronKeys(Keys):
    """Where `paypath check` leaves its metrics; `paypath run` has `/metrics`."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["credentials", "credentials_file"]}})

    every: Duration
    """How often cron begins it. Alert rules hold the age of the last run against it."""
    textfile: Textfile | None = None
    """File in the directory of node_exporter's textfile collector; its name ends in `.prom`."""
    pushgateway: AnyUrl | None = None
    """Address of a Prometheus Pushgateway."""
    job: Text = "paypath"
    """`job` of what is pushed; the group is job, environment and location."""
    credentials: Credentials | None = None
    """`NAME:PASSWORD` for the Pushgateway; better in a file or a variable."""
    credentials_file: FilePath | None = None
    """A file that holds them and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CronOutputs:
    """Where a single run leaves its metrics."""

    every_s: float
    textfile: pathlib.Path | None
    """Absolute."""
    pushgateway: str | None
    """Without a slash at its end."""
    job: str
    credentials: Secret | None


def cron_of(keys: CronKeys | None, file: pathlib.Path | None, secrets: Mapping[Loc, Secret]) -> CronOutputs | None:
    """The checked keys as the engine's own type; None where nothing is written, or nothing to write to.

    `file` is the textfile, absolute; `secrets` are those read from files, by the place of the secret.
    """
    if keys is None or (file is None and keys.pushgateway is None):
        return None
    return CronOutputs(
        every_s=keys.every,
        textfile=file,
        pushgateway=keys.pushgateway,
        job=keys.job,
        credentials=keys.credentials or secrets.get(("cron", "credentials")),
    )
