"""The tables, and how an older file is brought up to date. Append a migration; never edit one that has shipped."""

import functools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE run (
        run_id TEXT PRIMARY KEY,
        scenario TEXT NOT NULL,
        path TEXT NOT NULL,
        environment TEXT NOT NULL,
        location TEXT NOT NULL,
        started_at TEXT NOT NULL,      -- RFC 3339, UTC, microseconds: sorts as text
        duration_s REAL NOT NULL,
        outcome TEXT NOT NULL,
        code INTEGER,
        reason TEXT,
        confidence TEXT,
        summary TEXT,
        certificate_sha256 TEXT
    ) STRICT;
    CREATE INDEX run_by_time ON run (started_at);
    CREATE TABLE latch (
        path TEXT PRIMARY KEY,
        run_id TEXT NOT NULL,
        set_at TEXT NOT NULL,
        because TEXT NOT NULL
    ) STRICT;
    CREATE TABLE unlock (
        path TEXT NOT NULL,
        set_at TEXT NOT NULL,
        cleared_at TEXT NOT NULL,
        because TEXT NOT NULL,
        reason TEXT NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE rotation (
        identity TEXT NOT NULL,
        at TEXT NOT NULL,
        after_sha256 TEXT NOT NULL,
        before TEXT,                   -- a certificate as JSON; NULL: the file was not readable before
        after TEXT NOT NULL
    ) STRICT;
    CREATE INDEX rotation_by_time ON rotation (at);
    CREATE TABLE sighting (
        path TEXT NOT NULL,            -- empty: of no path
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        entry TEXT NOT NULL,           -- the watched certificate as JSON
        PRIMARY KEY (path, name, sha256)
    ) STRICT;
    """,
    """
    ALTER TABLE run ADD COLUMN certificate TEXT;  -- the failure's certificate as JSON
    CREATE INDEX run_by_path ON run (path, started_at);
    CREATE TABLE paging (
        path TEXT PRIMARY KEY,
        state TEXT NOT NULL            -- what the pager remembers of the path, as JSON
    ) STRICT;
    CREATE TABLE page (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        path TEXT NOT NULL,
        dedup_key TEXT NOT NULL,
        action TEXT NOT NULL,
        body TEXT NOT NULL             -- the page as JSON, without secrets
    ) STRICT;
    CREATE INDEX page_by_time ON page (at);
    CREATE TABLE delivery (
        page INTEGER NOT NULL,
        sink TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        next_at TEXT NOT NULL,
        done_at TEXT,                  -- NULL: not yet delivered
        outcome TEXT,
        PRIMARY KEY (page, sink)
    ) STRICT;
    CREATE INDEX delivery_waiting ON delivery (next_at) WHERE done_at IS NULL;
    """,
    """
    CREATE TABLE total (
        metric TEXT NOT NULL,
        labels TEXT NOT NULL,          -- JSON: names and values, sorted
        bounds TEXT NOT NULL,          -- JSON: of a histogram; empty of a counter
        counts TEXT NOT NULL,          -- JSON: one more than bounds; empty of a counter
        amount REAL NOT NULL,          -- a histogram's sum
        grown_at TEXT NOT NULL,
        PRIMARY KEY (metric, labels)
    ) STRICT;
    CREATE INDEX run_by_scenario ON run (scenario, path, outcome, started_at);
    """,
)


class NewerSchemaError(Exception):
    """The file was written by a newer release."""


def migrate(connection: sqlite3.Connection) -> None:
    """Apply every migration that the file has not seen (`PRAGMA user_version` counts them).

    Raises `NewerSchemaError` where the file is ahead of this release, `sqlite3.Error` where it cannot be written.
    """
    if _version(connection) == len(MIGRATIONS):
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        # Asked again: another process, begun at the same moment, may just have done all of it.
        for script in MIGRATIONS[_version(connection) :]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def missing(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Tables and columns that belong into a file that is up to date and are not there, as `run` or `run.path`. Raises sqlite3.Error."""
    lacking = _whole() - _columns(connection)
    tables = {table for table, _ in _columns(connection)}
    return tuple(sorted({f"{table}.{column}" if table in tables else table for table, column in lacking}))


@functools.cache
def _whole() -> frozenset[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:", isolation_level="IMMEDIATE")) as new:
        migrate(new)
        return _columns(new)


def _columns(connection: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    return frozenset(
        connection.execute(
            "SELECT m.name, c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'"
        )
    )


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise NewerSchemaError(f"schema {version}, this release knows {len(MIGRATIONS)}")
    return int(version)


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would end the transaction first."""
    statement = ""
    for part in script.split(";")[:-1]:
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
