"""Is something already printed where a block would go?"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from typing import Final

from segur_interop._pdf_process import Damaged, DrawingFailed, Late, drawing
from segur_interop.errors import MissingDependency
from segur_interop.findings import Finding, Severity

__all__ = ["hidden_by_block"]

_DPI: Final = 72
_PIXELS: Final = 10_000_000
_SIDE: Final = 10_000
_WHITE: Final = 250
_RULE: Final = "pdf.stamp.overlap"
_UNKNOWN: Final = "nobody knows what the identity block hides"


def hidden_by_block(
    data: bytes, corner: tuple[float, float], block: tuple[float, float], *, time_limit: float
) -> tuple[Finding, ...]:
    """What is to be said of the zone that a block covers on page 1; nothing where it is white.

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
    zone = (*corner, *block)
    return tuple(_findings(data, zone, time.monotonic() + time_limit))


def _findings(
    data: bytes, zone: tuple[float, float, float, float], deadline: float
) -> Iterator[Finding]:
    try:
        with drawing(data, deadline=deadline) as document:
            if not document.is_bounded:
                yield Finding(
                    rule="pdf.stamp.time-limit",
                    message="no process can be started: page 1 is drawn without time limit",
                    severity=Severity.INFO,
                )
            drawn = document.page(1, dpi=_DPI, pixels=_PIXELS, side=_SIDE, zone=zone)
    except Late:
        yield _said(f"time was over before the page was drawn: {_UNKNOWN}")
    except (Damaged, DrawingFailed):
        yield _said(f"the page could not be drawn: {_UNKNOWN}")
    else:
        if min(drawn.grey) < _WHITE:
            yield _said("the identity block hides content of the page")


def _said(message: str) -> Finding:
    return Finding(rule=_RULE, message=message, severity=Severity.WARNING, place="page 1")
