"""`segur-interop hl7 serve` and `hl7 send`: exit status, output, no personal data."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mllp_peers as peers
import pytest

from segur_interop.cli import _mllp, main
from segur_interop.hl7 import AckError, mllp

PERSONAL = ("PAT-TROIS", "DOMINIQUE", "27903512151", "1979")
Serving = Callable[..., contextlib.AbstractContextManager[int]]


@contextlib.contextmanager
def serving(handler: Any, **how: Any) -> Iterator[int]:
    """A receiver in another thread; its port."""
    ready, ports = threading.Event(), []
    stop: list[Callable[[], object]] = []

    async def run() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(ended.set))
        async with mllp.serve(handler, port=0, **how) as server:
            ports.append(server.port)
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        assert ready.wait(20)
        yield ports[0]
    finally:
        stop[0]()
        thread.join(20)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "PAT-TROIS.hl7"
    octets = peers.message("1") + peers.message("2")
    path.write_bytes(octets.replace(b"\r", b"\n"))
    return path


def send(port: int, *arguments: str | Path) -> int:
    return main(["hl7", "send", "--port", str(port), *map(str, arguments)])


def test_the_messages_of_a_file_are_sent_in_order(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = peers.Handler()
    with serving(handler) as port:
        assert send(port, file, file) == 0
    assert capsys.readouterr().out.splitlines() == [
        "file 1, message 1: AA", "file 1, message 2: AA",
        "file 2, message 1: AA", "file 2, message 2: AA",
    ]  # fmt: skip
    assert handler.seen == ["1", "2"]


def test_a_refusal_is_1_and_tells_its_codes_and_nobody(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = AckError.application("902", location="PID-3", message="no PAT-TROIS here")
    with serving(peers.Handler(error)) as port:
        assert send(port, file) == 1
        assert send(port, "--json", file) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "file 1, message 1: AE 207 902 PID-3"
    assert json.loads(out.splitlines()[2]) == {
        "file": 1, "message": 1, "code": "AE",
        "errors": [{"condition": "207", "code": "902", "location": "PID-3"}],
    }  # fmt: skip
    assert not any(word in out + err for word in PERSONAL)


def test_nobody_there_is_2(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(peers.Handler()) as port:
        pass
    assert send(port, "--attempts", "1", file) == 2
    out, err = capsys.readouterr()
    assert err.startswith("segur-interop: file 1, message 1: mllp: no answer")
    assert not any(word in out + err for word in PERSONAL)


@pytest.mark.parametrize("content", [None, b"", b"no message"])
def test_a_file_that_is_none_is_2_and_nothing_is_sent(
    content: bytes | None, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "PAT-TROIS.txt"
    if content is not None:
        other.write_bytes(content)
    handler = peers.Handler()
    with serving(handler) as port:
        assert send(port, file, other) == 2
    assert handler.seen == []
    assert capsys.readouterr().err.startswith("segur-interop: file 2: ")


def test_tls(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server_side, _ = peers.contexts(tmp_path)
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    tls = ["--tls-ca", cert, "--server-name", "localhost"]
    with serving(peers.Handler(), ssl=server_side) as port:
        assert send(port, *tls, "--tls-cert", cert, "--tls-key", key, file) == 0
        assert send(port, *tls, "--attempts", "1", file) == 2  # no certificate of ours
        assert send(port, "--tls", "--attempts", "1", file) == 2  # not trusted
    assert capsys.readouterr().out.count(": AA") == 2


@pytest.mark.parametrize(
    "arguments", [["--tls-cert", "a.pem"], ["--tls-key", "a.pem"], ["--tls-ca", "a.pem"]]
)
@pytest.mark.parametrize("command", ["serve", "send"])
def test_half_a_tls_setting_is_refused(
    command: str, arguments: list[str], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = ["--store", str(file.with_name("inbox"))] if command == "serve" else [str(file)]
    assert main(["hl7", command, "--port", "1", *arguments, *rest]) in (1, 2)
    assert capsys.readouterr().err.count("\n") == 1
    assert not file.with_name("inbox").exists()


def test_an_inbox_that_is_none_is_refused(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(b"something else entirely, long enough to be looked at" * 40)
    assert main(["hl7", "serve", "--port", "0", "--store", str(file)]) == 1
    assert "not an SQLite file" in capsys.readouterr().err


def test_a_port_that_is_taken_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(peers.Handler()) as port:
        command = ["hl7", "serve", "--port", str(port), "--store", str(tmp_path / "inbox")]
        assert main(command) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("machine", [False, True])
def test_a_trace_shows_no_type_that_hl7_does_not_know(
    machine: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    async def one() -> None:
        told = functools.partial(_mllp._show_event, machine=machine)
        async with mllp.serve(lambda _: None, port=0, audit=told) as server:
            octets = peers.message("1").replace(b"ADT^A31^ADT_A05", b"PAT-TROIS^\x1b[31mDOMINIQUE")
            await mllp.send(octets, "127.0.0.1", server.port)

    asyncio.run(one())
    shown = capsys.readouterr().out
    assert "unknown type" in shown
    assert "\x1b" not in shown
    assert not [text for text in PERSONAL if text in shown]


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("send", ["--port", "99999"]), ("send", ["--port", "0"]), ("send", ["--port", "-1"]),
        ("send", ["--port", "x"]), ("send", ["--attempts", "0"]), ("send", ["--timeout", "-1"]),
        ("send", ["--timeout", "nan"]), ("serve", ["--port", "65536"]),
        ("serve", ["--port", "-1"]), ("serve", ["--max-mb", "0"]), ("serve", ["--idle", "0"]),
    ],
)  # fmt: skip
def test_a_setting_outside_its_range_is_2(
    command: str, arguments: list[str], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = ["--store", str(file.with_name("inbox"))] if command == "serve" else [str(file)]
    with pytest.raises(SystemExit) as ended:
        main(["hl7", command, *arguments, *rest])
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert "not understood" in err
    assert err.count("\n") == 1
    assert not file.with_name("inbox").exists()
