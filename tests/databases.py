"""The same small hospital in sqlite and in PostgreSQL, and a PostgreSQL server for the tests.

`SEGUR_POSTGRES` names a server that is already there (a conninfo string of a database that may be
written to); without it one is started where its programs are found, on a socket of its own.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

PATIENTS = """
SELECT number AS patient, name AS birth_name, given AS birth_given_names, born AS birth_date,
       sex, status, ins AS matricule, ins_oid AS matricule_oid, number AS ipp,
       '1.2.250.1.999.1' AS ipp_root
FROM person ORDER BY number
"""
ITEMS = """
SELECT number AS item, path AS file, small AS content, media AS mime, kind AS type,
       made AS produced, rpps AS author, title
FROM document WHERE person = {mark} ORDER BY number
"""
CONTENT = "SELECT large FROM document WHERE person = {mark} AND number = {mark}"
COUNT = "SELECT COUNT(*) FROM document"
PEOPLE = [
    ("0001", "PAT-TROIS", "DOMINIQUE MARIE-LOUISE", date(1979, 3, 28), "F", "QUALIFIEE",
     "279035121518989", "1.2.250.1.213.1.4.10"),
    ("0002", "D'ARTAGNAN", "ZOÉ", date(1950, 1, 1), "F", None, None, None),
    ("0003", "SANS DOCUMENT", "LUC", None, "M", "PROVISOIRE", None, None),
]  # fmt: skip
MADE = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def documents(path: str) -> list[tuple[Any, ...]]:
    """Person, number, path, small, large, media, kind, made, rpps, title."""
    pdf = "application/pdf"
    return [
        ("0001", "a", path, None, None, None, "11490-0", MADE, "10000336601", "Lettre"),
        ("0001", "b", None, b"petit", None, "text/plain", None, None, None, None),
        ("0002", "c", None, None, b"%PDF-1.4 " * 1000, pdf, "34874-8", MADE, None, "É;\"'"),
        ("0002", "d", None, None, None, pdf, "34874-8", MADE, None, "absent"),
    ]


TABLES = """
CREATE TABLE person (number TEXT PRIMARY KEY, name TEXT, given TEXT, born {date}, sex TEXT,
                     status TEXT, ins TEXT, ins_oid TEXT);
CREATE TABLE document (person TEXT, number TEXT, path TEXT, small {blob}, large {blob}, media TEXT,
                       kind TEXT, made {time}, rpps TEXT, title TEXT);
"""


def open_sqlite(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path)


def fill_sqlite(path: Path, letter: str) -> Any:
    """Make the tables; what opens a connection."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(TABLES.format(date="TEXT", blob="BLOB", time="TEXT"))
        people = [tuple(str(v) if isinstance(v, date) else v for v in row) for row in PEOPLE]
        connection.executemany("INSERT INTO person VALUES (?,?,?,?,?,?,?,?)", people)
        rows = [
            tuple(f"{v:%Y%m%d%H%M%S+0000}" if isinstance(v, datetime) else v for v in row)
            for row in documents(letter)
        ]
        connection.executemany("INSERT INTO document VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
        connection.commit()
    return partial(open_sqlite, str(path))


def open_postgres(conninfo: str) -> Any:
    import psycopg

    return psycopg.connect(conninfo)


def fill_postgres(conninfo: str, letter: str) -> Any:
    """Make the tables anew; what opens a connection."""
    with contextlib.closing(open_postgres(conninfo)) as connection:
        connection.execute("DROP TABLE IF EXISTS person, document")
        types = {"date": "DATE", "blob": "BYTEA", "time": "TIMESTAMPTZ"}
        for statement in TABLES.format(**types).split(";"):
            if statement.strip():
                connection.execute(statement)
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO person VALUES (%s,%s,%s,%s,%s,%s,%s,%s)", PEOPLE)
        cursor.executemany(
            "INSERT INTO document VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)", documents(letter)
        )
        connection.commit()
    return partial(open_postgres, conninfo)


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


@contextlib.contextmanager
def postgres() -> Iterator[str | None]:
    """The conninfo of a server, None where there is none."""
    if named := os.environ.get("SEGUR_POSTGRES"):
        yield named
        return
    initdb, control = _program("initdb"), _program("pg_ctl")
    user = "postgres" if getpass.getuser() == "root" else getpass.getuser()
    if not (initdb and control):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        if user == "postgres" and getpass.getuser() == "root":
            try:
                shutil.chown(folder, user)
            except LookupError:
                yield None
                return
            if _RUNUSER is None:
                yield None
                return
        data = f"{folder}/data"
        _run(user, initdb, "-D", data, "-U", user, "-A", "trust", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        _run(user, control, "-D", data, "-w", "-o", options, "-l", f"{folder}/log", "start")
        try:
            yield f"host={folder} user={user} dbname=postgres"
        finally:
            _run(user, control, "-D", data, "-m", "immediate", "stop")


_RUNUSER = shutil.which("runuser", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
"""A server does not run as root."""


def _run(user: str, *command: str) -> None:
    own = user == getpass.getuser()
    prefix = [] if own or _RUNUSER is None else [_RUNUSER, "-u", user, "--"]
    subprocess.run([*prefix, *command], check=True, capture_output=True, cwd="/")
