"""Peers that others made: python-hl7, and two of Node.js where SEGUR_NODE_PEERS names them."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from pathlib import Path

import mllp_peers as peers
import pytest
from mllp_peers import Handler, message

from segur_interop.hl7 import mllp

NODE_FILES = Path(__file__).resolve().parents[2] / "node"
LARGE = message("large", extra="QUJD" * 205_000)  # 820 kB, as the largest official ORU
MESSAGES = (message("1", extra="é à ï €"), LARGE, message("2"))


def test_the_client_of_python_hl7_has_its_answers() -> None:
    peer = pytest.importorskip("hl7.mllp", reason="python-hl7 is not installed")
    handler = Handler()

    async def scenario() -> list[tuple[str, str]]:
        async with mllp.serve(handler, port=0) as server:
            reader, writer = await peer.open_hl7_connection(
                peers.HOST, server.port, limit=8 * 1024 * 1024, encoding="utf-8"
            )
            peers.Raw(reader, writer)
            codes = []
            for octets in MESSAGES:
                writer.writeblock(octets)
                await writer.drain()
                answer = await reader.readmessage()
                codes.append((str(answer.segment("MSA")[1]), str(answer.segment("MSA")[2])))
            return codes

    assert peers.run(scenario) == [("AA", "1"), ("AA", "large"), ("AA", "2")]
    assert handler.seen == ["1", "large", "2"]


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_the_server_of_python_hl7_answers_our_sender() -> None:
    peer = pytest.importorskip("hl7.mllp", reason="python-hl7 is not installed")
    received = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.Raw(reader, writer)
        try:
            while True:
                read = await reader.readmessage()  # type: ignore[attr-defined]
                received.append(str(read.segment("NTE")[3]) if "\rNTE" in str(read) else "")
                writer.writemessage(read.create_ack())  # type: ignore[attr-defined]
                await writer.drain()
        except (OSError, EOFError):
            writer.close()

    async def scenario() -> list[str]:
        listener = await peer.start_hl7_server(
            answer, peers.HOST, 0, limit=8 * 1024 * 1024, encoding="utf-8"
        )
        port = listener.sockets[0].getsockname()[1]
        async with listener, mllp.connect(peers.HOST, port, timeout=20) as client:
            return [(await client.send(octets)).code for octets in MESSAGES]

    assert peers.run(scenario) == ["AA", "AA", "AA"]
    assert received == ["é à ï €", "QUJD" * 205_000, ""]


@pytest.fixture(scope="module")
def node() -> dict[str, str]:
    """The environment in which Node.js finds the peers."""
    program, folder = shutil.which("node"), os.environ.get("SEGUR_NODE_PEERS")
    if program is None:
        pytest.skip("Node.js is not installed")
    modules = Path(folder or "") / "node_modules"
    if not folder or not (modules / "node-hl7-client").is_dir():
        pytest.skip("SEGUR_NODE_PEERS names no folder where npm installed the peers")
    return {"PATH": str(Path(program).parent), "NODE_PATH": str(modules)}


def test_a_sender_of_node_has_its_answers(node: dict[str, str], tmp_path: Path) -> None:
    handler = Handler()
    files = []
    for number, octets in enumerate(MESSAGES):
        files.append(tmp_path / f"{number}.hl7")
        files[-1].write_bytes(octets)

    async def scenario() -> tuple[int | None, bytes]:
        async with mllp.serve(handler, port=0) as server:
            process = await asyncio.create_subprocess_exec(
                "node", NODE_FILES / "send.cjs", str(server.port), *files,
                env=node, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, _ = await process.communicate()
            return process.returncode, out

    status, out = peers.run(scenario)
    assert status == 0
    assert out.decode().split("\n")[:3] == ["AA 1", "AA large", "AA 2"]
    assert handler.seen == ["1", "large", "2"]


def test_a_receiver_of_node_answers_our_sender(node: dict[str, str]) -> None:
    with socket.create_server((peers.HOST, 0)) as free:
        port = free.getsockname()[1]

    async def scenario() -> list[str]:
        process = await asyncio.create_subprocess_exec(
            "node", NODE_FILES / "receive.cjs", str(port), env=node, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
            async with mllp.connect(peers.HOST, port, timeout=20) as client:
                return [(await client.send(octets)).code for octets in MESSAGES]
        finally:
            process.kill()
            await process.communicate()

    assert peers.run(scenario) == ["AA", "AA", "AA"]
