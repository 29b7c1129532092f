"""Chromium without a window, spoken to over two pipes (Chrome DevTools Protocol): no socket.

What a page asks for, what its console says and what its tree holds once it is open are seen from
outside: the page's own policy does not bind what is asked here.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
SECONDS = 60
A4_INCHES = (8.27, 11.69)


def executable() -> str | None:
    """The browser of SEGUR_CHROMIUM, else the first one installed."""
    named = os.environ.get("SEGUR_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A running browser; `page` opens a file in a tab of its own."""

    def __init__(self, path: str) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        arguments = [path, *FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"]
        script = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
        self._process = subprocess.Popen(
            ["bash", "-c", script, "bash", str(to_browser), str(from_browser), *arguments],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._last = 0
        self._buffer = b""
        self.events: list[dict[str, Any]] = []
        self.call("Browser.getVersion")

    def close(self) -> None:
        with contextlib.suppress(OSError, TimeoutError, RuntimeError):
            self.call("Browser.close")
        os.close(self._write)
        os.close(self._read)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._profile.cleanup()

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Ask, and wait for the answer; events met on the way are kept."""
        self._last += 1
        request = {"id": self._last, "method": method, "params": parameters}
        if session:
            request["sessionId"] = session
        _write_all(self._write, json.dumps(request).encode() + b"\0")
        deadline = time.monotonic() + SECONDS
        while True:
            message = self._next(deadline)
            if message is None:
                raise TimeoutError(method)
            if message.get("id") != request["id"]:
                self.events.append(message)
            elif "error" in message:
                raise RuntimeError(f"{method}: {message['error'].get('message')}")
            else:
                return message.get("result", {})

    def wait(self, method: str, session: str, seconds: float = SECONDS) -> dict[str, Any] | None:
        """The first event of that name, seen already or to come; None when it does not."""
        deadline = time.monotonic() + seconds
        seen = 0
        while True:
            for event in self.events[seen:]:
                if event.get("method") == method and event.get("sessionId") == session:
                    return event
            seen = len(self.events)
            message = self._next(deadline)
            if message is None:
                return None
            self.events.append(message)

    def settle(self, seconds: float) -> None:
        """Keep what happens for some time."""
        deadline = time.monotonic() + seconds
        while (message := self._next(deadline)) is not None:
            self.events.append(message)

    def _next(self, deadline: float) -> dict[str, Any] | None:
        while b"\0" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._read], [], [], left)[0]:
                return None
            piece = os.read(self._read, 1 << 20)
            if not piece:
                raise OSError("the browser left")
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message

    @contextlib.contextmanager
    def page(self, file: Path, *, width: int = 1280, height: int = 900) -> Iterator[Page]:
        """A file opened in a context of its own, once loaded."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self, attached["sessionId"], context)
        try:
            for domain in ("Page", "Runtime", "Network", "Log"):
                page.call(f"{domain}.enable")
            page.resize(width, height)
            page.call("Page.navigate", url=file.resolve().as_uri())
            assert self.wait("Page.loadEventFired", page.session), "the page did not load"
            yield page
        finally:
            self.call("Target.disposeBrowserContext", browserContextId=context)
            self.events.clear()


@dataclass
class Page:
    """A tab."""

    browser: Browser
    session: str
    context: str
    _scale: float = field(default=1.0)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.call(method, self.session, **parameters)

    def resize(self, width: int, height: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=self._scale,
            mobile=width < 600,
        )

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def screenshot(self, file: Path, *, whole: bool = True) -> Path:
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole, format="png")
        file.write_bytes(base64.b64decode(shot["data"]))
        return file

    def print(self, file: Path) -> Path:
        """The page as the A4 PDF that it prints to."""
        width, height = A4_INCHES
        made = self.call(
            "Page.printToPDF",
            paperWidth=width,
            paperHeight=height,
            printBackground=True,
            preferCSSPageSize=True,
        )
        file.write_bytes(base64.b64decode(made["data"]))
        return file

    def requests(self) -> list[str]:
        """Every address that was asked for."""
        return [
            event["params"]["request"]["url"] for event in self._events("Network.requestWillBeSent")
        ]

    def complaints(self) -> list[str]:
        """What the console and the browser's own log hold against the page."""
        told = [
            event["params"]["entry"]["text"]
            for event in self._events("Log.entryAdded")
            if event["params"]["entry"]["level"] in {"error", "warning"}
        ]
        told += [
            str(event["params"]["exceptionDetails"].get("text"))
            for event in self._events("Runtime.exceptionThrown")
        ]
        return told + [
            f"{event['params']['type']}: {event['params']['args']}"
            for event in self._events("Runtime.consoleAPICalled")
        ]

    def _events(self, method: str) -> list[dict[str, Any]]:
        # the frames of the viewer have sessions of their own
        return [event for event in self.browser.events if event.get("method") == method]


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
