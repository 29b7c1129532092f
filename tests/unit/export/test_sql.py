"""A database as a source: sqlite, and PostgreSQL where its programs are found."""

from __future__ import annotations

import contextlib
import importlib.util
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import databases
import pytest
from documents import HOSPITAL, NOW
from populations import tree

from segur_interop import export, xdm
from segur_interop.errors import ExportError
from segur_interop.export import catalogue, layout
from segur_interop.export.request import Refused
from segur_interop.export.sql import SqlSource

FIXED: dict[str, Any] = {
    "request": export.Request(),
    "sender": HOSPITAL,
    "extract_time": NOW,
    "export_id": "75249e6c-9779-4e57-bade-9978c2313ce9",
}


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("files") / "letter.pdf"
    path.write_bytes(b"%PDF-1.4 letter")
    return str(path)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is absent")
    with databases.postgres() as conninfo:
        if conninfo is None:
            pytest.skip("PostgreSQL is absent (SEGUR_POSTGRES names a server)")
        yield conninfo


def source(connect: Any, mark: str, **changes: Any) -> SqlSource:
    given = {
        "patients": databases.PATIENTS,
        "items": databases.ITEMS.format(mark=mark),
        "content": databases.CONTENT.format(mark=mark),
        "count": databases.COUNT,
        **changes,
    }
    return SqlSource(connect, **given)


@pytest.fixture
def in_sqlite(tmp_path: Path, letter: str) -> SqlSource:
    return source(databases.fill_sqlite(tmp_path / "base.db", letter), "?")


def lines(out: Path) -> list[catalogue.Line]:
    text = (out / layout.CATALOGUE_JSON).read_text("utf-8")
    return [catalogue.read_json_line(line) for line in text.split("\n") if line]


def judged(made: SqlSource, out: Path, **changes: Any) -> None:
    """The export of the small hospital, whatever the database."""
    outcomes = list(export.portability(made, out, **{**FIXED, **changes}))
    assert [(one.written, one.refused) for one in outcomes] == [
        (2, ()), (1, (("d", Refused.UNREADABLE),)), (0, ()),
    ]  # fmt: skip
    found = {line.item_id: line for line in lines(out)}
    assert found["a"].mime == "application/pdf"
    assert found["a"].ins is not None
    assert (found["a"].date_production, found["b"].date_production) == ("20260301093000+0000", None)
    assert found["b"].type is None
    assert (found["c"].nom_naissance, found["c"].size) == ("D'ARTAGNAN", 9000)
    for path in out.glob("LOT*/PAT*.ZIP"):
        assert xdm.unpack(path).findings == ()


def test_two_queries_are_a_source(in_sqlite: SqlSource, tmp_path: Path):
    assert in_sqlite.announced() == 4
    judged(in_sqlite, tmp_path / "out")


def test_processes_open_connections_of_their_own(in_sqlite: SqlSource, tmp_path: Path):
    judged(in_sqlite, tmp_path / "serial")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        judged(in_sqlite, tmp_path / "pool", executor=pool, chunk=1)
    assert tree(tmp_path / "serial") == tree(tmp_path / "pool")


def test_a_database_that_was_left_goes_on(in_sqlite: SqlSource, tmp_path: Path):
    with export.portability(in_sqlite, tmp_path / "out", **FIXED) as run:
        next(run)
    export.portability(in_sqlite, tmp_path / "out", **FIXED).finish()
    judged(in_sqlite, tmp_path / "other")
    assert tree(tmp_path / "out") == tree(tmp_path / "other")


def test_postgresql_is_a_source(server: str, letter: str, tmp_path: Path):
    connect = databases.fill_postgres(server, letter)
    cursor = lambda connection: connection.cursor("patients")  # noqa: E731 (as documented)
    made = source(connect, "%s", cursor=cursor)
    assert made.announced() == 4
    with utc(connect):
        judged(made, tmp_path / "out")


@contextlib.contextmanager
def utc(connect: Any) -> Iterator[None]:
    """The session shows times in UTC."""
    with contextlib.closing(connect()) as connection:
        connection.execute("ALTER ROLE CURRENT_USER SET timezone = 'UTC'")
        connection.commit()
    yield


def test_both_databases_give_the_same_octets(
    server: str, in_sqlite: SqlSource, letter: str, tmp_path: Path
):
    connect = databases.fill_postgres(server, letter)
    with utc(connect), ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        judged(source(connect, "%s"), tmp_path / "postgres", executor=pool, chunk=1)
    judged(in_sqlite, tmp_path / "sqlite")
    assert tree(tmp_path / "postgres") == tree(tmp_path / "sqlite")


class Answers:
    """A connection that gives fixed rows, a patient then its items."""

    def __init__(self, *tables: tuple[list[str], list[tuple[Any, ...]]]) -> None:
        self.tables = list(tables)

    def __call__(self) -> Answers:
        return self

    def close(self) -> None: ...

    def cursor(self) -> Answers:
        return self

    def execute(self, query: str, parameters: Any = ()) -> None:
        names, self.rows = self.tables[0 if query == "patients" else 1]
        self.description = [(name,) for name in names]

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        rows, self.rows = self.rows, []
        return rows


def read(*tables: tuple[list[str], list[tuple[Any, ...]]], **changes: Any) -> list[Any]:
    made = SqlSource(Answers(*tables), patients="patients", items="items", **changes)
    return [list(record.items) for record in made]


PATIENT = (["patient"], [("1",)])


@pytest.mark.parametrize(
    "tables",
    [
        ((["name"], []),),
        ((["patient", "other"], []),),
        (PATIENT, (["file"], [])),
        (PATIENT, (["item", "file", "patient"], [])),
        (PATIENT, (["item"], [("1",)])),
        (PATIENT, (["item", "file", "produced"], [("1", "a", NOW.replace(tzinfo=None))])),
        (PATIENT, (["item", "file", "file"], [("1", "a", "b")])),
        ((["patient", "birth_name", "birth_name"], [("1", "a", "b")]),),
    ],
)
def test_other_columns_or_values_are_refused_and_not_quoted(tables: Any):
    with pytest.raises(ExportError) as error:
        read(*tables)
    assert "SECRET" not in str(error.value)


ONE_ITEM = (["item", "file"], [("x", "a.pdf")])


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        (((["patient", "sex"], [("1", "SECRET")]), ONE_ITEM), ("x", "IDENTITY")),
        (((["patient"], [(None,)]), ONE_ITEM), ("x", "IDENTITY")),
        ((PATIENT, (["item", "file", "produced"], [("x", "a", "0000-00-00")])), ("x", "VALUE")),
        ((PATIENT, (["item", "file"], [(None, "a")])), ("patient 1, item 1", "VALUE")),
        ((PATIENT, (["item", "content"], [("x", None)])), ("x", "UNREADABLE")),
        ((PATIENT, (["item", "content"], [("x", "text")])), ("x", "UNREADABLE")),
        ((PATIENT, (["item", "content"], [("x", 5)])), ("x", "UNREADABLE")),
        ((PATIENT, (["item", "file"], [("x", None)])), ("x", "UNREADABLE")),
        ((PATIENT, (["item", "file", "title"], [("x", "a", "\udce9")])), ("x", "VALUE")),
        (((["patient", "birth_name"], [("1", "\udce9")]), ONE_ITEM), ("x", "IDENTITY")),
    ],
)
def test_a_wrong_value_refuses_what_it_is_of(tables: Any, told: tuple[str, str]):
    ((item,),) = read(*tables)
    assert isinstance(item, export.Unfit)
    assert (item.id, item.reason.value) == told


def test_a_time_without_zone_takes_the_one_that_is_told():
    bare = NOW.replace(tzinfo=None)
    ((item,),) = read(PATIENT, (["item", "file", "produced"], [("1", "a", bare)]), zone=UTC)
    assert str(item.produced) == f"{bare:%Y%m%d%H%M%S}+0000"


def test_an_item_that_is_no_row_any_more_cannot_be_opened(tmp_path: Path):
    connect = partial(sqlite3.connect, str(tmp_path / "base.db"))
    with contextlib.closing(connect()) as connection:
        connection.execute("CREATE TABLE t (a, b, c)")
    made = SqlSource(
        connect,
        patients="SELECT '1' AS patient",
        items="SELECT 'x' AS item, ? AS title",
        content="SELECT c FROM t WHERE a = ? AND b = ?",
    )
    ((item,),) = [list(record.items) for record in made]
    with pytest.raises(OSError, match="one row"):
        item.content()  # type: ignore[operator]
