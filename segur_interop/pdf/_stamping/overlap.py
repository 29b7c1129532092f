"""Is something already printed where a block would go?"""

from __future__ import annotations

import contextlib
import importlib.util
import time
from collections.abc import Callable, Iterator
from typing import Final

from segur_interop._pdf_process import Damaged, Drawing, DrawingFailed, Late, drawing
from segur_interop.errors import MissingDependency
from segur_interop.findings import Finding, Severity

__all__ = ["looking_under"]

_DPI: Final = 72
_PIXELS: Final = 10_000_000
_SIDE: Final = 10_000
_WHITE: Final = bytes(range(250, 256))
"""Greys of a pixel that hides nothing."""

_RULE: Final = "pdf.stamp.overlap"
_UNKNOWN: Final = "nobody knows what the identity block hides"


@contextlib.contextmanager
def looking_under(
    data: bytes, corner: tuple[float, float], block: tuple[float, float], *, time_limit: float
) -> Iterator[Callable[[], tuple[Finding, ...]]]:
    """What is to be said of the zone that a block covers on page 1; nothing where it is white.

    The page is drawn by another process while the caller goes on; what is given waits for it.

    Args:
        data: the PDF.
        corner: lower left corner of the zone, in points from that of the page as shown.
        block: width and height of the zone, in points.
        time_limit: seconds after which the drawing of the page is stopped.

    Raises:
        MissingDependency: pypdfium2 is absent.
    """
    if importlib.util.find_spec("pypdfium2") is None:
        raise MissingDependency("looking under the block needs pypdfium2; install pypdfium2")
    deadline, zone = time.monotonic() + time_limit, (*corner, *block)
    with contextlib.ExitStack() as opened:
        try:
            document = opened.enter_context(drawing(data, deadline=deadline, wait=False))
        except (Damaged, DrawingFailed) as error:
            unseen = (_unseen(error),)
            yield lambda: unseen
            return
        drawn = document.ahead(1, dpi=_DPI, pixels=_PIXELS, side=_SIDE, zone=zone)
        yield lambda: tuple(_findings(document, lambda: drawn().grey))


def _findings(document: Drawing, grey: Callable[[], bytes]) -> Iterator[Finding]:
    if not document.is_bounded:
        yield Finding(
            rule="pdf.stamp.time-limit",
            message="no process can be started: page 1 is drawn without time limit",
            severity=Severity.INFO,
        )
    try:
        hidden = grey().translate(None, _WHITE)
    except (Damaged, DrawingFailed) as error:
        yield _unseen(error)
    else:
        if hidden:
            yield _said("the identity block hides content of the page")


def _unseen(error: Exception) -> Finding:
    if isinstance(error, Late):
        return _said(f"time was over before the page was drawn: {_UNKNOWN}")
    return _said(f"the page could not be drawn: {_UNKNOWN}")


def _said(message: str) -> Finding:
    return Finding(rule=_RULE, message=message, severity=Severity.WARNING, place="page 1")
