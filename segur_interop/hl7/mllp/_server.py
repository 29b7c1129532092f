"""The receiver: many connections, many messages on each, in order."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from types import NoneType
from typing import TYPE_CHECKING, Final

from segur_interop._types import check_type
from segur_interop.audit import AuditCallback, AuditEvent
from segur_interop.errors import InvalidValue
from segur_interop.hl7.ack import AckError, ack, salvaged
from segur_interop.hl7.mllp._frames import Frame, Frames, framed
from segur_interop.hl7.mllp._limits import Limits, check_count, check_port
from segur_interop.hl7.mllp._reception import Answer, Handler, Reception
from segur_interop.hl7.mllp._stores import MemoryStore, Store

if TYPE_CHECKING:
    import ssl

__all__ = ["PORT", "Server", "serve"]

PORT: Final = 2575
"""The port that IANA gives to HL7."""
_CHUNK: Final = 64 * 1024
_SETTLED: Final = 1.0
"""Seconds after which an FS without CR ends a message."""
_LINGER: Final = 2.0
"""Seconds during which what a refused peer still sends is read and dropped: closing on unread
octets would take the answer back."""
_LATE: Final = AckError(condition="207", message="The message did not come in time; send it again.")
_FULL: Final = AckError(condition="207", message="The receiver is full; send it again later.")


def serve(
    handler: Handler | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    store: Store | None = None,
    ssl: ssl.SSLContext | None = None,
    limits: Limits | None = None,
    workers: int = 4,
    audit: AuditCallback | None = None,
) -> Server:
    """A receiver of messages; `async with` starts it, and stops it when left.

    A message is answered when it is handled: that the handler returns is the promise that it is
    safe. Then the answer is stored, then sent, so that a sender who lost it and sends the same
    message again has the same answer, and the handler is not called twice. Answers AE and AR are
    not stored: what was not accepted is handled anew.

    Args:
        handler: called with each Message, in order on one connection, several at once on
            several; an `async def` in the loop, any other in a thread. It returns None (AA),
            one or several AckErrors, or the octets of the answer (`event.ack()`). What it
            raises is answered: AE, or AR for an `OSError` such as a full disk. None: the
            store takes the messages.
        host: the address to listen on; "" for all.
        port: 0 for any free one, told by `Server.port`.
        store: the answers; a MemoryStore by default.
        ssl: TLS, with client certificates where its `verify_mode` asks for them.
        limits: sizes and times.
        workers: threads of a handler that is not async.
        audit: told of connections (`mllp.connection`) and of messages (`mllp.message`), with
            the address of the peer, the code of the answer, sizes, the type of the message
            (`kind`: one of HL7, or "unknown type") and what failed here (`fault`: the class of
            an exception, without its text).

    Raises:
        TypeError: neither a handler, nor a store that keeps messages.
        InvalidValue: no port from 0 to 65535, no worker.
    """
    return Server(
        handler, host=host, port=port, store=store, ssl=ssl, limits=limits, workers=workers,
        audit=audit,
    )  # fmt: skip


class Server:
    """A receiver, made by `serve`."""

    def __init__(
        self,
        handler: Handler | None,
        *,
        host: str,
        port: int,
        store: Store | None,
        ssl: ssl.SSLContext | None,
        limits: Limits | None,
        workers: int,
        audit: AuditCallback | None,
    ) -> None:
        check_type(limits, "limits", Limits, NoneType)
        check_port(port, first=0)
        check_count(workers, "workers")
        if handler is not None and not callable(handler):
            raise TypeError(f"handler is a callable, not {type(handler).__name__}")
        kept = MemoryStore() if store is None else store
        if handler is None and not kept.keeps_messages:
            raise TypeError("a handler, or a store that keeps messages, is needed")
        self.limits = limits or Limits()
        self._stopping = False
        self.held = 0
        self._where = (host or None, port)
        self._ssl = ssl
        self._audit = audit
        self._setting = (handler, kept, workers)
        self._reception: Reception | None = None
        self._listener: asyncio.Server | None = None
        self._stopped = asyncio.Event()
        self._connections: dict[asyncio.Task[None], _Connection] = {}

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address cannot be listened on.
        """
        self._reception = Reception(*self._setting)
        host, port = self._where
        tls = {} if self._ssl is None else {"ssl_handshake_timeout": self.limits.handshake}
        self._listener = await asyncio.start_server(
            self._connected, host, port, ssl=self._ssl, limit=_CHUNK, **tls
        )

    @property
    def port(self) -> int:
        """The port that is listened on.

        Raises:
            InvalidValue: the server is not started, or stopped.
        """
        if self._listener is None or not self._listener.sockets:
            raise InvalidValue("the server does not listen", place="server.port")
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    def is_stopping(self) -> bool:
        """True from the moment `stop` is called."""
        return self._stopping

    async def wait(self) -> None:
        """Wait until the server is stopped."""
        await self._stopped.wait()

    async def stop(self, grace: float = 30.0) -> None:
        """Stop: no new connection, idle ones closed, messages being handled answered.

        Args:
            grace: seconds granted to the handlers; then they are given up, unanswered.
        """
        if self._listener is None or self._reception is None:
            return
        self._stopping = True
        self._listener.close()
        tasks = dict(self._connections)
        for connection in tasks.values():
            connection.interrupt()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._reception.close()
        self._stopped.set()

    async def __aenter__(self) -> Server:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        full = len(self._connections) >= self.limits.max_connections
        if full or self._stopping or task is None or self._reception is None:
            self.tell("mllp.connection", "refused", writer)
            writer.close()
            return
        connection = _Connection(self, self._reception, reader, writer)
        self._connections[task] = connection
        self.tell("mllp.connection", "opened", writer)
        reason = "failed"
        try:
            reason = await connection.run()
        except (OSError, EOFError):
            reason = "cut"
        except asyncio.CancelledError:
            reason = "given up"
        finally:
            self.held -= connection.held
            del self._connections[task]
            self.tell("mllp.connection", reason, writer)
            await connection.close()

    def tell(
        self, action: str, outcome: str, writer: asyncio.StreamWriter, **details: str | int
    ) -> None:
        """Tell the trace of the caller; what it raises is the caller's."""
        if self._audit is None:
            return
        address = writer.get_extra_info("peername")
        subject = str(address[0]) if isinstance(address, tuple) and address else ""
        event = AuditEvent(action=action, outcome=outcome, subject=subject, details=details)
        try:
            self._audit(event)
        except Exception as error:
            context = {"message": "the audit callback failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)


class _Connection:
    """One peer."""

    def __init__(
        self,
        server: Server,
        reception: Reception,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.held = 0
        self._server = server
        self._limits = server.limits
        self._reception = reception
        self._reader = reader
        self._writer = writer
        self._frames = Frames(server.limits.max_bytes)
        self._timer: asyncio.Timeout | None = None
        self._clock = asyncio.get_running_loop().time
        self._since = self._clock()
        if (opened := writer.get_extra_info("socket")) is not None:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    async def run(self) -> str:
        """Answer until the peer leaves, or must; why it ended."""
        while not self._server.is_stopping():
            try:
                chunk = await self._read()
            except TimeoutError:
                if self._server.is_stopping():
                    break
                if not self._frames.is_ended:
                    return await self._too_late()
                found = self._frames.settle()
            else:
                begun = self._frames.is_inside
                found = self._frames.feed(chunk) if chunk else self._frames.settle()
                if found or not begun and self._frames.is_inside:
                    self._since = self._clock()
                if not chunk:
                    await self._respond(found)
                    return "cut within a message" if self._frames.is_inside else "closed"
            self._hold(self._frames.held)
            if self._server.held > self._limits.max_held:
                head = found[0].data if found else self._frames.head
                return await self._dismiss(head, _FULL, "refused: full")
            await self._respond(found)
        return "stopped"

    async def _read(self) -> bytes:
        if self._frames.is_ended:
            wait: float | None = _SETTLED
        else:
            wait = self._limits.frame if self._frames.is_inside else self._limits.idle
        since = self._clock() if self._frames.is_ended else self._since
        try:
            async with asyncio.timeout_at(None if wait is None else since + wait) as self._timer:
                return await self._reader.read(_CHUNK)
        finally:
            self._timer = None

    async def _respond(self, found: list[Frame]) -> None:
        for frame in found:
            if self._server.is_stopping():
                return
            self._hold(self._frames.held + len(frame.data))
            answer = await self._reception.answer(frame)
            self._hold(self._frames.held)
            await self._send(answer, len(frame.data))
            self._since = self._clock()

    async def _send(self, answer: Answer, size: int) -> None:
        self._server.tell(
            "mllp.message", answer.code or "none", self._writer,
            octets=size, repeated=int(answer.repeated), kind=answer.kind, fault=answer.fault,
        )  # fmt: skip
        if answer.octets:
            await self._write(answer.octets)

    async def _write(self, octets: bytes) -> None:
        self._writer.write(framed(octets))
        async with asyncio.timeout(self._limits.answer):
            await self._writer.drain()

    async def _too_late(self) -> str:
        if not self._frames.is_inside:
            return "closed: idle"
        return await self._dismiss(self._frames.head, _LATE, "refused: late")

    async def _dismiss(self, head: bytes, error: AckError, reason: str) -> str:
        """Answer AR to what is not received whole, and close."""
        message = salvaged(head)
        answer = ack(message, error, refusal="AR").translate(None, b"\x0b\x1c")
        self._frames = Frames(1)
        self._hold(0)
        await self._send(Answer(answer, "AR"), 0)
        with contextlib.suppress(OSError, NotImplementedError):
            if self._writer.can_write_eof():
                self._writer.write_eof()
            async with asyncio.timeout(_LINGER):
                while await self._reader.read(_CHUNK):
                    pass
        return reason

    def _hold(self, octets: int) -> None:
        self._server.held += octets - self.held
        self.held = octets

    def interrupt(self) -> None:
        """Stop waiting for the peer."""
        if self._timer is not None:
            with contextlib.suppress(RuntimeError):  # it has just expired
                self._timer.reschedule(self._clock())

    async def close(self) -> None:
        """Close, without waiting for a peer that takes nothing."""
        self._writer.close()
        try:
            async with asyncio.timeout(_LINGER):
                await self._writer.wait_closed()
        except (OSError, EOFError, asyncio.CancelledError):
            self._writer.transport.abort()
