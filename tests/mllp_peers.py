"""Receivers and peers on loopback for the tests of MLLP."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import hl7_samples

from segur_interop.hl7 import Message, mllp, parse

HOST = "127.0.0.1"
SECONDS = 30.0
Port = Callable[[], int]
"""Where the receiver is now."""


def message(control_id: str = "3975", extra: str = "", trigger: str = "A31") -> bytes:
    """An ADT about the test person, told from others by MSH-10, or by a note alone."""
    octets = hl7_samples.octets(trigger).replace(b"|3975|", f"|{control_id}|".encode())
    return octets + (f"NTE|1||{extra}\r".encode() if extra else b"")


def run(scenario: Callable[..., Awaitable[Any]], *arguments: Any, seconds: float = SECONDS) -> Any:
    """A scenario to its end; one that hangs fails."""

    async def bounded() -> Any:
        try:
            async with asyncio.timeout(seconds):
                return await scenario(*arguments)
        finally:
            while Raw.opened:
                Raw.opened.pop().cut()
            await asyncio.sleep(0)

    return asyncio.run(bounded())


def share(path: Path, *what: object) -> subprocess.Popen[str]:
    """A process of `mllp_store_runner` on this inbox."""
    runner = Path(__file__).with_name("mllp_store_runner.py")
    return subprocess.Popen(
        [sys.executable, runner, path, *map(str, what)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


class Handler:
    """Takes notes of what it is called with."""

    def __init__(self, result: Any = None) -> None:
        self.seen: list[str] = []
        self.result = result

    def __call__(self, received: Message) -> Any:
        self.seen.append(received.control_id)
        return self.result(received) if callable(self.result) else self.result


class Raw:
    """A peer that writes whatever it is told to."""

    opened: ClassVar[list[Raw]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.opened.append(self)

    @classmethod
    async def to(cls, server: mllp.Server, **how: Any) -> Raw:
        return cls(*await asyncio.open_connection(HOST, server.port, **how))

    async def write(self, *octets: bytes) -> None:
        for part in octets:
            self.writer.write(part)
            await self.writer.drain()

    async def answer(self) -> Message:
        octets = await self.reader.readuntil(b"\x1c\r")
        assert octets[:1] == b"\x0b"
        return parse(octets[1:-2])

    async def code(self) -> tuple[str, str]:
        """MSA-1 and MSA-2 of the next answer."""
        answer = await self.answer()
        return answer.get("MSA-1"), answer.get("MSA-2")

    async def is_closed(self) -> bool:
        """True when the receiver closes without another word."""
        try:
            return await self.reader.read(1) == b""
        except ConnectionError:
            return True

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    def cut(self) -> None:
        self.writer.transport.abort()


def frame(data: bytes) -> bytes:
    return b"\x0b" + data + b"\x1c\r"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-made certificate of `localhost`, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of a receiver that asks for a certificate, and of a sender that has one."""
    public, private = certificate(folder)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=public)
    server.load_cert_chain(public, private)
    server.verify_mode = ssl.CERT_REQUIRED
    client = ssl.create_default_context(cafile=public)
    client.load_cert_chain(public, private)
    return server, client
