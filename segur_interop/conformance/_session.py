"""The caller's side of the child process: what it answers, or why it did not."""

from __future__ import annotations

import errno
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from segur_interop.conformance._kit import Kit
from segur_interop.conformance._stage import Outcome

__all__ = ["Session"]

_BOOT: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from segur_interop.conformance._worker import main; main()"
)


class Session:
    """One child process after another, as many as needed, one at a time.

    Args:
        kit: the kit.
        cache: folder of the compiled stylesheets.
        timeout: seconds that one stage may take, loading included; None for no limit.
        command: the child to run, for tests; None for the real one.
    """

    def __init__(
        self,
        kit: Kit,
        cache: Path,
        *,
        timeout: float | None,
        command: Sequence[str] | None = None,
    ) -> None:
        self._setting = json.dumps({"kit": str(kit.root), "cache": str(cache)}).encode() + b"\n"
        self._timeout = timeout
        self._command = command
        self._child: _Child | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def run(self, document: bytes, stages: Sequence[str]) -> Iterator[tuple[str, Outcome]]:
        """Each stage and its outcome; after a failure of the child, the rest did not run.

        Args:
            document: a ClinicalDocument, well formed and without DOCTYPE.
            stages: paths in the kit.
        """
        failure = self._send(document, stages)
        for stage in stages:
            if failure:
                yield stage, Outcome(not_run=[failure])
                continue
            answer = self._answer(stage)
            if isinstance(answer, str):
                failure = answer
                self._stop()
                yield stage, Outcome(not_run=[failure])
                failure = f"not reached: {failure}"
            else:
                yield stage, answer

    def _send(self, document: bytes, stages: Sequence[str]) -> str:
        header = json.dumps({"stages": list(stages), "length": len(document)}).encode() + b"\n"
        if self._child is not None and self._child.ended:
            self._stop()
        if self._child is None:
            try:
                self._child = _Child(self._command)
            except OSError:
                return "the process of the engine cannot be started"
            header = self._setting + header
        self._child.send((header, document))
        return ""

    def _answer(self, stage: str) -> Outcome | str:
        if self._child is None:
            return "the process of the engine is gone"
        try:
            line = self._child.lines.get(timeout=self._timeout)
        except queue.Empty:
            return f"no answer within {self._timeout:g} seconds: the engine was stopped"
        if line is None:
            return f"the process of the engine ended by itself ({self._child.status})"
        try:
            answer = json.loads(line)
            if answer["stage"] != stage:
                return "the process of the engine answered out of turn"
            return Outcome.from_json(answer)
        except (ValueError, TypeError, KeyError):
            return "the process of the engine gave no usable answer"

    def _stop(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = None


class _Child:
    """A process, the lines that it writes (None at their end), and a thread for each direction."""

    def __init__(self, command: Sequence[str] | None) -> None:
        if command is None:
            if getattr(sys, "frozen", False) or not sys.executable:
                raise OSError(errno.ENOEXEC, "the executable is the application itself")
            command = [sys.executable, "-P", "-c", _BOOT, json.dumps(sys.path)]
        self._process = subprocess.Popen(  # noqa: S603 (this interpreter, on code of this package)
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._outgoing: queue.SimpleQueue[tuple[bytes, ...] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._write, args=(self._process.stdin,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def ended(self) -> bool:
        """True when the process is over."""
        return self._process.poll() is not None

    @property
    def status(self) -> str:
        """How the process ended."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "its output is closed"
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    def send(self, parts: tuple[bytes, ...]) -> None:
        """Queue what the process is to read."""
        self._outgoing.put(parts)

    def stop(self) -> None:
        """End the process and its threads."""
        self._process.kill()
        self._process.wait()
        self._outgoing.put(None)
        for thread in self._threads:
            thread.join()

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self.lines.put(line)
        self.lines.put(None)

    def _write(self, stream: IO[bytes]) -> None:
        try:
            with stream:
                while (parts := self._outgoing.get()) is not None:
                    for part in parts:
                        stream.write(part)
                    stream.flush()
        except OSError:
            return  # the process is gone; the reader says so
