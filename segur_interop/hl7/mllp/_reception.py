"""What becomes of one frame: an answer, and the message handed over once."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from segur_interop.errors import MessageError, SegurError
from segur_interop.hl7.ack import AckError, ack, refuse
from segur_interop.hl7.er7 import Message, parse
from segur_interop.hl7.mllp._frames import HEAD, Defect, Frame
from segur_interop.hl7.mllp._kinds import kind_of
from segur_interop.hl7.mllp._stores import Key, Store, key_of

__all__ = ["CODES", "Answer", "Handler", "Reception", "Result", "code_of"]

Result: TypeAlias = bytes | AckError | Sequence[AckError] | None
"""What a handler gives: None (AA), errors (AE, or AA when all are warnings), or the answer."""
Handler: TypeAlias = Callable[[Message], Result | Awaitable[Result]]
Kind = TypeVar("Kind")

CODES: Final = ("AA", "AE", "AR", "CA", "CE", "CR")
"""MSA-1 (HL7 table 0008)."""
_ACCEPTED: Final = ("AA", "CA")
_LARGE: Final = 256 * 1024
"""Octets beyond which a message is read in a thread, so that others are not kept waiting."""
_KEEPERS: Final = 2
_FRAMING: Final = b"\x0b\x1c"
_AGAIN: Final = AckError(condition="207", message="The message was not stored; send it again.")
_FAULT: Final = AckError(condition="207", message="The receiver failed on this message.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back, and what is told to the trace.

    Attributes:
        octets: the acknowledgement; b"" when none is due.
        code: MSA-1; "" when none is due.
        repeated: True when the message had been accepted before.
        kind: type and event, "unknown type" for others, "" when it could not be read.
        fault: what went wrong here, by its class or in a word; "" when nothing did.
    """

    octets: bytes = b""
    code: str = ""
    repeated: bool = False
    kind: str = ""
    fault: str = ""


class _Unsendable(Exception):
    """An answer that holds a framing octet: no frame can take it."""


def code_of(answer: bytes, control_id: str | None = None) -> str:
    """MSA-1 of an acknowledgement.

    Args:
        answer: the octets.
        control_id: what MSA-2 must be, None not to look.

    Raises:
        MessageError: no acknowledgement, or that of another message.
    """
    message = parse(answer)
    code = message.get("MSA-1").strip().upper()
    if code not in CODES:
        raise MessageError("not an acknowledgement", place="MSA-1")
    if control_id is not None and message.get("MSA-2").strip() != control_id:
        raise MessageError("the acknowledgement of another message", place="MSA-2")
    return code


class Reception:
    """Answers frames; a message is handled once, on however many connections it comes."""

    def __init__(self, handler: Handler | None, store: Store, workers: int) -> None:
        """Without handler, the store takes the messages. Sync handlers run in `workers` threads."""
        self._handler = handler
        self._store = store
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="mllp-handler")
        self._keepers = ThreadPoolExecutor(_KEEPERS, thread_name_prefix="mllp-store")
        self._running: dict[Key, asyncio.Task[Answer]] = {}

    async def answer(self, frame: Frame) -> Answer:
        """The answer to a frame. Raises nothing that a peer or a handler could cause."""
        if frame.defect is Defect.CUT:
            return Answer()
        if frame.defect is not None:
            return _refusal(frame.data, MessageError(frame.defect.value))
        try:
            message, key = await self._read(frame.data)
        except SegurError as error:
            return _refusal(frame.data, error)
        if message.message_type[0] == "ACK":
            return Answer(kind="ACK")  # an answer to an answer would never end
        if not key.tells:
            return await self._new(message, key)
        return await self._once(message, key)

    async def _read(self, data: bytes) -> tuple[Message, Key]:
        if len(data) > _LARGE:
            return await _in_thread(self._keepers, _admitted, data)
        return _admitted(data)

    async def _once(self, message: Message, key: Key) -> Answer:
        """One task a message: a repetition that overtakes the answer waits for it."""
        task = self._running.get(key)
        repeated = task is not None
        if task is None:
            task = asyncio.create_task(self._new(message, key))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        answer = await asyncio.shield(task)
        if repeated and answer.code in _ACCEPTED:
            return dataclasses.replace(answer, repeated=True)
        return answer

    async def _new(self, message: Message, key: Key) -> Answer:
        fault, repeated = "", False
        try:
            octets, repeated = await self._kept(message, key)
            code = code_of(octets)
        except OSError as error:
            octets, code, fault = ack(message, _AGAIN, refusal="AR"), "AR", type(error).__name__
        except SegurError as error:
            octets, code, fault = refuse(message, error), "AE", type(error).__name__
        except _Unsendable:
            octets, code, fault = ack(message, _FAULT), "AE", "framing octet in the answer"
        except (Exception, SystemExit) as error:
            octets, code, fault = ack(message, _FAULT), "AE", type(error).__name__
        octets = octets.translate(None, _FRAMING)  # a sentence of an error may hold one
        return Answer(octets, code, repeated, kind_of(message), fault)

    async def _kept(self, message: Message, key: Key) -> tuple[bytes, bool]:
        """The answer, durable when it accepts, and whether it had been given before."""
        if self._handler is None:
            answer = ack(message)
            stands = await _in_thread(self._keepers, self._store.put, key, answer, bytes(message))
            return _sendable(stands, message), stands is not answer
        known = await _in_thread(self._keepers, self._store.find, key)
        if known is not None:
            return _sendable(known, message), True
        answer = await self._handled(message, self._handler)
        if code_of(answer) in _ACCEPTED:
            stands = await _in_thread(self._keepers, self._store.put, key, answer)
            answer = _sendable(stands, message)
        return answer, False

    async def _handled(self, message: Message, handler: Handler) -> bytes:
        result: Any
        if inspect.iscoroutinefunction(handler):
            result = handler(message)
        else:
            result = await _in_thread(self._workers, handler, message)
        if inspect.isawaitable(result):
            result = await result
        return _octets(message, result)

    async def close(self) -> None:
        """Give up what is running; it was not acknowledged."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for threads in (self._workers, self._keepers):
            threads.shutdown(wait=False, cancel_futures=True)


async def _in_thread(threads: ThreadPoolExecutor, call: Callable[..., Kind], *given: Any) -> Kind:
    def outcome() -> tuple[Any, BaseException | None]:
        # Not every exception can be handed from a thread to the loop: a StopIteration would
        # be lost, and the peer wait for ever.
        try:
            return call(*given), None
        except BaseException as error:
            return None, error

    result, error = await asyncio.get_running_loop().run_in_executor(threads, outcome)
    if error is not None:
        raise error if isinstance(error, Exception) else RuntimeError from error
    value: Kind = result
    return value


def _admitted(data: bytes) -> tuple[Message, Key]:
    """The message of a frame, which holds one.

    Raises:
        MessageError: it does not.
    """
    message = parse(data, max_bytes=len(data))
    if len(message["MSH"]) > 1:
        raise MessageError("one acknowledgement cannot answer two messages", place="MSH[2]")
    first = message.segment(0)
    if first.size > HEAD:  # its answer would repeat it, and be kept
        raise MessageError(f"longer than {HEAD} octets", place="MSH")
    if _holds_framing(first.raw):
        raise MessageError("a framing octet, which no answer could repeat", place="MSH")
    return message, key_of(message)


def _holds_framing(octets: bytes) -> bool:
    return any(octet in octets for octet in _FRAMING)


def _sendable(stored: bytes, message: Message) -> bytes:
    """An answer of the store; the plain one in place of one that no frame could take."""
    return ack(message) if _holds_framing(stored) else stored


def _octets(message: Message, result: Result) -> bytes:
    if result is None:
        return ack(message)
    if isinstance(result, AckError):
        return ack(message, result)
    if isinstance(result, bytes):
        try:
            code_of(result, message.control_id)
        except MessageError:
            raise TypeError("a handler gives the answer of this message") from None
        if _holds_framing(result):
            raise _Unsendable
        return result
    errors = tuple(result)
    if not all(isinstance(error, AckError) for error in errors):
        raise TypeError("a handler gives bytes, None or AckErrors")
    return ack(message, *errors)


def _refusal(data: bytes, error: SegurError) -> Answer:
    return Answer(refuse(data, error).translate(None, _FRAMING), "AE")
