"""An archive is the same octets whether it is made in memory first or as it is written."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from documents import HOSPITAL, NOW, everything

from segur_interop import cda, xdm
from segur_interop.xdm import _held
from segur_interop.xdm._held import HELD, Held


class Counted(io.BytesIO):
    """How often it is written, and whether that reached whoever reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = self.flushes = 0

    def write(self, octets) -> int:  # type: ignore[no-untyped-def]
        self.writes += 1
        return super().write(octets)

    def flush(self) -> None:
        self.flushes += 1


class Pipe(io.BytesIO):
    """As standard output may be: it has no position."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation("seek")


def archive(size: int = 1000) -> xdm.Archive:
    names = {"id": "1.2.3.4.5", "set_id": "1.2.3.8"}
    document = cda.wrap(cda.PlainText("x" * size), **everything(**names))
    lot = xdm.Submission(unique_id="1.2.3", time=NOW)
    return xdm.pack([document], source=HOSPITAL, submission=lot)


@pytest.mark.parametrize("held", [0, 100, 3000, 20_000, HELD])
def test_what_is_kept_first_changes_no_octet(monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    whole = bytes(archive())
    monkeypatch.setattr(_held, "HELD", held)
    assert bytes(archive()) == whole


def test_a_letter_is_written_at_once_and_flushed() -> None:
    stream = Counted()
    archive().write(stream)
    assert (stream.writes, stream.flushes) == (1, 1)


def test_a_large_archive_is_not_kept() -> None:
    stream = Counted()
    archive(3 * HELD).write(stream)
    assert stream.writes > 3
    assert zipfile.ZipFile(stream).testzip() is None


def test_a_stream_that_holds_something_goes_on_from_there() -> None:
    stream, alone = io.BytesIO(), io.BytesIO()
    stream.write(b"before")
    archive().write(stream)
    archive().write(alone)
    assert stream.getvalue().startswith(b"before" + alone.getvalue()[:1000])
    assert zipfile.ZipFile(stream).testzip() is None
    assert zipfile.ZipFile(stream).infolist()[1].header_offset > len(b"before")


def test_a_stream_without_position_is_written_as_a_zip_that_needs_none() -> None:
    stream = Pipe()
    archive().write(stream)
    read = zipfile.ZipFile(io.BytesIO(stream.getvalue()))
    assert read.testzip() is None
    assert read.infolist()[0].flag_bits & 8  # sizes after the octets, as nothing was gone back for


def test_nothing_is_written_of_a_letter_whose_document_fails(tmp_path: Path) -> None:
    metadata = xdm.document_entry(archive().documents[0])
    broken = xdm.Entry(tmp_path / "absent.xml", metadata)
    stream = Counted()
    with pytest.raises(FileNotFoundError):
        xdm.pack([broken], source=HOSPITAL).write(stream)
    assert stream.writes == 0


def test_what_is_kept_is_written_in_its_order() -> None:
    stream = io.BytesIO(b"....")
    stream.seek(4)
    held = Held(stream)
    start = held.tell()
    held.write(b"abc")
    held.seek(start)
    held.write(b"A")
    held.seek(start + 3)
    held.write(b"x" * HELD)
    assert held.tell() == 7 + HELD
    held.release()
    assert stream.getvalue() == b"....Abc" + b"x" * HELD
