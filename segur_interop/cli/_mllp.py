"""`segur-interop hl7 serve | send`: messages over MLLP."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segur_interop.cli._output import (
    DONE,
    FAILED,
    REFUSED,
    add_command,
    one_line,
    print_json,
    say,
)
from segur_interop.errors import InvalidValue, SegurError, ServiceUnavailable

if TYPE_CHECKING:
    import ssl

    from segur_interop.audit import AuditEvent
    from segur_interop.hl7 import Acknowledgment, mllp

__all__ = ["add_commands"]

_PORT = 2575
_LAST_PORT = 65_535
_MEGABYTE = 1024 * 1024


def add_commands(group: Any) -> None:
    """Declare the commands in the group `hl7`."""
    serve = add_command(group, "serve", hl7_serve, "receive messages into an inbox, until stopped")
    _add_place(serve, first=0)
    serve.add_argument(
        "--store", metavar="FILE", type=Path, required=True,
        help="the SQLite file that takes the messages, made when absent",
    )  # fmt: skip
    serve.add_argument("--max-mb", type=_count, default=64, help="megabytes of a message (64)")
    serve.add_argument(
        "--idle", type=_seconds, default=600.0, help="seconds between messages (600)"
    )
    _add_tls(serve, "ask senders for a certificate of these authorities")

    send = add_command(group, "send", hl7_send, "send the messages of files, print the answers")
    send.add_argument("files", metavar="FILE", nargs="+", type=Path)
    _add_place(send, first=1)
    send.add_argument("--timeout", type=_seconds, default=30.0, help="seconds for an answer (30)")
    send.add_argument("--attempts", type=_count, default=3, help="how often a message is sent (3)")
    send.add_argument("--tls", action="store_true", help="TLS, by the authorities of the machine")
    send.add_argument("--server-name", help="the name that the certificate of the receiver bears")
    _add_tls(send, "TLS, by these authorities")


def _add_place(parser: argparse.ArgumentParser, *, first: int) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="name or address (127.0.0.1)")
    parser.add_argument(
        "--port", type=_port if first else _port_or_any, default=_PORT,
        help=f"port, {first} to {_LAST_PORT} ({_PORT})",
    )  # fmt: skip


def _port(text: str) -> int:
    """For argparse: a ValueError is a misuse of the command line."""
    port = int(text)
    if not 1 <= port <= _LAST_PORT:
        raise ValueError
    return port


def _port_or_any(text: str) -> int:
    return int(text) and _port(text)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise ValueError
    return seconds


def _add_tls(parser: argparse.ArgumentParser, authorities: str) -> None:
    parser.add_argument("--tls-cert", metavar="FILE", type=Path, help="our certificate (PEM)")
    parser.add_argument("--tls-key", metavar="FILE", type=Path, help="its key (PEM)")
    parser.add_argument("--tls-ca", metavar="FILE", type=Path, help=authorities)


def hl7_serve(arguments: argparse.Namespace) -> int:
    """Receive until SIGINT or SIGTERM."""
    import asyncio

    from segur_interop.hl7 import mllp

    limits = mllp.Limits(max_bytes=arguments.max_mb * _MEGABYTE, idle=arguments.idle)
    context = _context(arguments, server=True)
    with mllp.SqliteStore(arguments.store) as inbox:
        server = mllp.serve(
            host=arguments.host, port=arguments.port, store=inbox, ssl=context, limits=limits,
            audit=lambda event: _show_event(event, machine=arguments.json),
        )  # fmt: skip
        asyncio.run(_until_stopped(server, machine=arguments.json))
    return DONE


async def _until_stopped(server: mllp.Server, *, machine: bool) -> None:
    """Run a receiver; a signal stops it once what it handles is answered."""
    import asyncio
    import signal

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    await server.start()
    if machine:
        _print({"listening": server.port})
    else:
        print(f"listening on port {server.port}", flush=True)
    await stop.wait()
    await server.stop()
    if not machine:
        print("stopped", flush=True)


def _show_event(event: AuditEvent, *, machine: bool) -> None:
    if machine:
        _print(
            {"action": event.action, "outcome": event.outcome, "peer": event.subject}
            | dict(event.details)
        )
    elif event.action == "mllp.message":
        kind = event.details.get("kind") or "unreadable"
        again = ", received before" if event.details.get("repeated") else ""
        fault = event.details.get("fault")
        why = f" ({fault})" if fault else ""
        size = event.details["octets"]
        print(f"{event.outcome}  {kind}, {size} bytes{again}{why}", flush=True)
    elif event.outcome not in ("opened", "closed"):
        print(f"connection {event.outcome}", flush=True)


def _print(value: dict[str, Any]) -> None:
    import sys

    print_json(value)
    sys.stdout.flush()


def hl7_send(arguments: argparse.Namespace) -> int:
    """Send the messages of the files in order; 1 when one was not accepted."""
    import asyncio

    from segur_interop.hl7 import mllp

    batches = []
    for rank, path in enumerate(arguments.files, 1):
        try:
            batches.append(mllp.split(path))
        except (SegurError, OSError) as error:
            reason = one_line(error) if isinstance(error, SegurError) else error.strerror
            return say(f"file {rank}: {reason}", FAILED)
    return asyncio.run(_send_all(batches, arguments, _context(arguments, server=False)))


async def _send_all(
    batches: list[tuple[bytes, ...]],
    arguments: argparse.Namespace,
    context: ssl.SSLContext | None,
) -> int:
    from segur_interop.hl7 import mllp

    status = DONE
    async with mllp.connect(
        arguments.host, arguments.port, ssl=context, server_name=arguments.server_name,
        timeout=arguments.timeout, attempts=arguments.attempts,
    ) as client:  # fmt: skip
        for rank, batch in enumerate(batches, 1):
            for number, octets in enumerate(batch, 1):
                try:
                    answer = await client.send(octets)
                except ServiceUnavailable as error:
                    return say(f"file {rank}, message {number}: {one_line(error)}", FAILED)
                except SegurError as error:
                    status = say(f"file {rank}, message {number}: {one_line(error)}", REFUSED)
                    continue
                _show_answer(answer, rank, number, machine=arguments.json)
                if answer.code not in ("AA", "CA"):
                    status = REFUSED
    return status


def _show_answer(answer: Acknowledgment, rank: int, number: int, *, machine: bool) -> None:
    errors = [
        {"condition": error.condition, "code": error.code, "location": error.location}
        for error in answer.errors
    ]
    if machine:
        print_json({"file": rank, "message": number, "code": answer.code, "errors": errors})
        return
    reasons = "".join(" " + " ".join(filter(None, error.values())) + ";" for error in errors)
    print(f"file {rank}, message {number}: {answer.code}{reasons}".rstrip(";"))


def _context(arguments: argparse.Namespace, *, server: bool) -> ssl.SSLContext | None:
    """TLS as the command line asks for it.

    Raises:
        InvalidValue: a certificate without its key, or the other way round.
    """
    import ssl

    certificate, key, authorities = arguments.tls_cert, arguments.tls_key, arguments.tls_ca
    if (certificate is None) != (key is None):
        raise InvalidValue("--tls-cert and --tls-key go together", place="tls")
    if server and certificate is None:
        if authorities is not None:
            raise InvalidValue("TLS needs --tls-cert and --tls-key", place="tls")
        return None
    if not server and not (arguments.tls or certificate or authorities):
        return None
    purpose = ssl.Purpose.CLIENT_AUTH if server else ssl.Purpose.SERVER_AUTH
    context = ssl.create_default_context(purpose, cafile=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    if server and authorities is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    return context
