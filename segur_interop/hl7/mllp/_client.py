"""The sender: one message, its answer, the next."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from segur_interop._types import check_seconds, check_type
from segur_interop.errors import MessageError, SegurError, ServiceUnavailable
from segur_interop.hl7._ack_read import Acknowledgment, read_ack
from segur_interop.hl7.er7 import Message, parse
from segur_interop.hl7.mllp._frames import Frames, framed
from segur_interop.hl7.mllp._limits import check_count, check_port
from segur_interop.hl7.mllp._server import PORT

if TYPE_CHECKING:
    import ssl

__all__ = ["Client", "connect", "send"]

_CHUNK: Final = 64 * 1024
_MAX_ANSWER: Final = 1024 * 1024
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 10.0


def connect(
    host: str,
    port: int = PORT,
    *,
    ssl: ssl.SSLContext | None = None,
    server_name: str | None = None,
    timeout: float = 30.0,
    attempts: int = 3,
) -> Client:
    """A sender of many messages; `async with` closes it. It connects when it first sends.

    Args:
        host: name or address of the receiver.
        port: its port.
        ssl: TLS.
        server_name: the name that its certificate must bear, `host` by default.
        timeout: seconds to connect, and again from the message to its answer.
        attempts: how often a message is sent, over a new connection each time, when no answer
            comes. The receiver may have it already: a receiver that is not idempotent needs 1.

    Raises:
        InvalidValue: no port from 1 to 65535, a time that is not positive, no attempt.
    """
    return Client(host, port, ssl=ssl, server_name=server_name, timeout=timeout, attempts=attempts)


async def send(
    data: bytes | Message,
    host: str,
    port: int = PORT,
    *,
    ssl: ssl.SSLContext | None = None,
    server_name: str | None = None,
    timeout: float = 30.0,
    attempts: int = 1,
) -> Acknowledgment:
    """One message, and its answer.

    Args:
        data: the message.
        host: as for `connect`.
        port: as for `connect`.
        ssl: as for `connect`.
        server_name: as for `connect`.
        timeout: as for `connect`.
        attempts: as for `connect`.

    Raises:
        InvalidValue: as `connect`.
        MessageError: as `Client.send`.
        ServiceUnavailable: as `Client.send`.
    """
    async with connect(
        host, port, ssl=ssl, server_name=server_name, timeout=timeout, attempts=attempts
    ) as client:
        return await client.send(data)


class Client:
    """A connection that is made, and made again, when a message needs it; see `connect`."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        ssl: ssl.SSLContext | None,
        server_name: str | None,
        timeout: float,
        attempts: int,
    ) -> None:
        check_type(host, "host", str)
        check_port(port, first=1)
        check_seconds(timeout, "timeout")
        check_count(attempts, "attempts")
        self._where = (host, port)
        self._ssl = ssl
        self._name = server_name
        self._timeout = timeout
        self._attempts = attempts
        self._turn = asyncio.Lock()
        self._reason = ""
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, data: bytes | Message) -> Acknowledgment:
        """Send a message, wait for its answer; one at a time, in the order of the calls.

        Raises:
            MessageError: no message; its segments do not end with CR; it holds a framing octet.
                An answer that is none, or that of another message.
            ServiceUnavailable: no answer, whatever the attempts. The receiver may have the
                message: send the same octets again.
        """
        message = parse(data) if isinstance(data, bytes) else data
        check_type(message, "data", Message)
        octets = _conformant(message)
        async with self._turn:
            for attempt in range(1, self._attempts + 1):
                if attempt > 1:
                    await asyncio.sleep(min(_FIRST_PAUSE * 2 ** (attempt - 2), _LONGEST_PAUSE))
                answer = await self._exchange(octets)
                if answer is not None:
                    return await self._read(answer, message)
        raise ServiceUnavailable(f"no answer to the message ({self._reason})", place="mllp")

    async def _exchange(self, octets: bytes) -> bytes | None:
        """The answer, None without one: the connection is then closed."""
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await self._connected()
            async with asyncio.timeout(self._timeout):
                writer.write(octets)
                await writer.drain()
                return await _answer(reader)
        except (OSError, EOFError) as error:  # TimeoutError, ssl.SSLError included
            self._reason = type(error).__name__
            await self._disconnect()
            return None
        except BaseException:
            await self._disconnect()  # a late answer must not be taken for that of the next
            raise

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._stream is not None and self._stream[0].at_eof():
            await self._disconnect()
        if self._stream is None:
            host, port = self._where
            name = None if self._ssl is None else self._name or host
            self._stream = await asyncio.open_connection(
                host, port, ssl=self._ssl, server_hostname=name, limit=_CHUNK
            )
        return self._stream

    async def _read(self, octets: bytes, message: Message) -> Acknowledgment:
        try:
            answer = read_ack(octets)
            if not answer.code:
                raise MessageError("not an acknowledgement", place="MSA-1")
            # A receiver that could not read MSH-10 has nothing to repeat, and accepts nothing.
            unread = not answer.message_id and answer.code not in ("AA", "CA")
            if not unread and parse(octets).get("MSA-2").strip() != message.control_id:
                raise MessageError("the acknowledgement of another message", place="MSA-2")
        except SegurError:
            await self._disconnect()
            raise
        return answer

    async def _disconnect(self) -> None:
        if self._stream is None:
            return
        _, writer = self._stream
        self._stream = None
        writer.close()
        try:
            async with asyncio.timeout(1.0):
                await writer.wait_closed()
        except (OSError, EOFError):
            writer.transport.abort()

    async def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            await self._disconnect()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _conformant(message: Message) -> bytes:
    """The frame of a message whose segments end with CR (HL7 v2.5 §2.5.1)."""
    octets = bytes(message)
    if not octets.startswith(b"MSH"):
        raise MessageError("does not start with MSH", place="MSH")
    if b"\r" not in octets or b"\r\n" in octets:
        raise MessageError("the segments do not end with CR: `mllp.split` mends it", place="MSH")
    return framed(octets if octets.endswith(b"\r") else octets + b"\r")


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """The first whole frame; what a receiver sends beside is not read.

    Raises:
        MessageError: larger than an acknowledgement may be.
        EOFError: the connection ends before.
    """
    frames = Frames(_MAX_ANSWER)
    while chunk := await reader.read(_CHUNK):
        for frame in frames.feed(chunk):
            if frame.defect is None:
                return frame.data
            raise MessageError(f"an answer {frame.defect.value}", place="MSA")
        if frames.is_ended:
            return frames.settle()[0].data
    raise EOFError
