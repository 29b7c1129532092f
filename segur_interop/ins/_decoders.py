"""Data Matrix symbols on a grey page: zxing-cpp, and libdmtx in a process apart.

Both give octets, never text: the text of zxing-cpp shows GS as the four characters `<GS>`.
Both give FNC1, which some encoders write for GS, as 0x1D. Reed-Solomon fails closed: neither
read a wrong payload in any trial (docs/scanning.md).
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

from segur_interop.errors import MissingDependency
from segur_interop.ins import _libdmtx
from segur_interop.ins._pages import Page

__all__ = ["DecoderFailed", "RawSymbol", "by_libdmtx", "by_zxing", "has_libdmtx", "has_zxing"]

_GS: Final = b"\x1d"
_GS1: Final = ("]d2", "]d3")  # symbology identifiers: FNC1 in first, in second position
_BOOT: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from segur_interop.ins._dmtx_worker import main; main()"
)
# Between the end of the search and the answer; then the process is killed.
_GRACE: Final = 2.0


class DecoderFailed(Exception):
    """The process of libdmtx gave no answer; the message says why."""


@dataclass(frozen=True, slots=True)
class RawSymbol:
    """A symbol as decoded.

    Attributes:
        payload: its octets, GS as 0x1D.
        corners: in pixels from the top left of the page, in any order.
        gs1: True when FNC1 leads, which makes it a GS1 symbol.
    """

    payload: bytes
    corners: tuple[tuple[float, float], ...]
    gs1: bool = False


def has_zxing() -> bool:
    """True when zxing-cpp can be imported."""
    try:
        import zxingcpp  # noqa: F401
    except ImportError:
        return False
    return True


def has_libdmtx() -> bool:
    """True when libdmtx and its binding are installed, and a process can be started."""
    if getattr(sys, "frozen", False) or not sys.executable:
        return False  # the executable is the application itself
    try:
        _libdmtx.load_wrapper()
    except MissingDependency:
        return False
    return True


def by_zxing(page: Page) -> list[RawSymbol]:
    """Every Data Matrix of the page."""
    zxingcpp: Any = importlib.import_module("zxingcpp")
    image = memoryview(page.grey).cast("B", (page.height, page.width))
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.DataMatrix)
    return [_raw(barcode) for barcode in found]


def _raw(barcode: Any) -> RawSymbol:
    position = barcode.position
    corners = (
        position.top_left,
        position.top_right,
        position.bottom_right,
        position.bottom_left,
    )
    return RawSymbol(
        payload=barcode.bytes,
        corners=tuple((corner.x, corner.y) for corner in corners),
        gs1=barcode.symbology_identifier in _GS1,
    )


def by_libdmtx(page: Page, *, seconds: float) -> list[RawSymbol]:
    """One Data Matrix of the page, an INS rather than another, or none.

    Raises:
        DecoderFailed: the process crashed, or was killed for its time.
    """
    import subprocess

    request = {"width": page.width, "height": page.height, "seconds": seconds}
    start = time.monotonic()
    try:
        child = subprocess.run(  # noqa: S603 (this interpreter, on code of this package)
            [sys.executable, "-P", "-c", _BOOT, json.dumps(sys.path)],
            input=json.dumps(request).encode() + b"\n" + page.grey,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds + _GRACE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DecoderFailed("libdmtx was stopped at its time limit") from error
    except OSError as error:
        raise DecoderFailed("the process of libdmtx cannot be started") from error
    if child.returncode:
        raise DecoderFailed(f"libdmtx ended abnormally (exit status {child.returncode})")
    try:
        found = json.loads(child.stdout)["found"]
        if found is None and time.monotonic() - start >= seconds:
            raise DecoderFailed("libdmtx found nothing within its time limit")
        return [] if found is None else [_from_child(found)]
    except (ValueError, TypeError, KeyError) as error:
        raise DecoderFailed("the process of libdmtx gave no usable answer") from error


def _from_child(found: dict[str, object]) -> RawSymbol:
    payload = bytes.fromhex(str(found["payload"]))
    corners = found["corners"]
    if not isinstance(corners, list):
        raise TypeError("corners")
    return RawSymbol(
        payload=payload.removeprefix(_GS),
        corners=tuple((float(x), float(y)) for x, y in corners),
        gs1=payload.startswith(_GS),
    )
