"""A file appears whole or not at all, where the caller said and as private as it was."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from segur_interop._files import write_whole, write_whole_with


def _broken():
    yield b"half"
    raise RuntimeError


def test_a_file_holds_every_chunk(tmp_path: Path) -> None:
    assert write_whole(tmp_path / "a", [b"one", b"two"]) == tmp_path / "a"
    assert (tmp_path / "a").read_bytes() == b"onetwo"


def test_a_writer_that_fails_leaves_nothing_new_and_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"before")
    for name in "ab":
        with pytest.raises(RuntimeError):
            write_whole(tmp_path / name, _broken())
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"before"


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "a").touch(mode=0o600)
    write_whole(tmp_path / "a", [b"private"])
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there" / "a")
    for content in (b"first", b"second"):
        write_whole(tmp_path / "link", [content])
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "there" / "a").read_bytes() == content


@pytest.mark.parametrize("name", ["", ".", "folder"])
def test_a_folder_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(name, [b"x"])
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_pipe_is_written_and_stays_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()

    def write(stream) -> None:  # type: ignore[no-untyped-def]
        stream.write(b"..two")
        stream.seek(0)
        stream.write(b"1+")

    write_whole_with(tmp_path / "pipe", write)
    reader.join(timeout=10)
    assert read == [b"1+two"]
    assert (tmp_path / "pipe").is_fifo()


def test_the_null_device_stays_a_device() -> None:
    write_whole("/dev/null", [b"x"])
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("path", ["a\0b", "\ud800"])
def test_what_can_be_no_path_is_an_os_error(path: str) -> None:
    with pytest.raises(OSError, match="Invalid argument"):
        write_whole(path, [b"x"])
