"""One meaning of a source: bytes are content, a str or a path is a file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from segur_interop._source import open_source, read_source
from segur_interop.errors import ArchiveError, SegurError


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_are_the_content(kind) -> None:
    data = read_source(kind(b"abc"), max_bytes=3)
    assert data == b"abc"
    assert type(data) is bytes


@pytest.mark.parametrize("kind", [str, Path])
def test_a_str_and_a_path_name_a_file(kind, tmp_path: Path) -> None:
    file = tmp_path / "é ' 1.bin"
    file.write_bytes(b"\0\xff")
    assert read_source(kind(file), max_bytes=2) == b"\0\xff"


def test_an_existing_file_name_given_as_bytes_is_content(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"inside")
    assert read_source(str(file).encode(), max_bytes=1000) == str(file).encode()


@pytest.mark.parametrize("size", [4, 5_000_000])
def test_more_than_the_limit_is_refused_with_the_given_class(size: int, tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"x" * size)
    for source in (file, b"x" * size):
        with pytest.raises(ArchiveError, match="larger than 3 bytes"):
            read_source(source, max_bytes=3, error=ArchiveError)


def test_an_endless_file_is_read_no_further_than_the_limit() -> None:
    endless = Path("/dev/zero")
    if not endless.exists():
        pytest.skip("no endless device on this system")
    with pytest.raises(SegurError, match="larger than 1000 bytes"):
        read_source(endless, max_bytes=1000)


def test_an_unusable_path_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_source(tmp_path / "absent", max_bytes=10)
    with pytest.raises(OSError, match="directory|denied"):
        read_source(tmp_path, max_bytes=10)


@pytest.mark.parametrize("wrong", [None, 3, ["a"], 1.5, object()])
def test_anything_else_is_a_type_error(wrong) -> None:
    with pytest.raises(TypeError, match="a source is bytes, a str path or a path"):
        read_source(wrong, max_bytes=10)


@pytest.mark.parametrize(
    "content",
    [
        "MSH|^~\\&|A|B\rPID|1||PERSONAL^^^IPP",
        '<?xml version="1.0"?>\n<ClinicalDocument>PERSONAL</ClinicalDocument>',
        "IS010000000000000000000000S1PERSONAL\x1dS3PERSONAL",
        "PERSONAL" * 1000,
        "PERSONAL\0",
        "PERSONAL\ud800",
    ],
    ids=["message", "xml", "datamatrix", "long", "nul", "lone-surrogate"],
)
def test_content_given_as_str_is_refused_without_being_quoted(content: str) -> None:
    with pytest.raises(SegurError, match="content is given as bytes") as caught:
        read_source(content, max_bytes=10_000)
    assert "PERSONAL" not in str(caught.value)


def test_a_pipe_is_opened_as_often_as_needed(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"abc",))
    writer.start()
    opened, size = open_source(pipe, max_bytes=3)
    writer.join()
    assert size == 3
    for _ in range(2):
        with opened() as stream:
            assert stream.read() == b"abc"


def test_a_pipe_too_long_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"abcd",))
    writer.start()
    with pytest.raises(ArchiveError, match="larger than 3"):
        open_source(pipe, max_bytes=3, error=ArchiveError)
    writer.join()
