"""libdmtx in a process of its own: a C assertion or an endless search ends this process alone.

Reads from stdin a line of JSON (`width`, `height`, `seconds`) then the grey pixels; writes to
stdout a line of JSON: `{"found": null}` or the payload in hexadecimal and the four corners.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import sys
import time
from collections.abc import Iterator
from ctypes import byref, cast, string_at
from types import ModuleType
from typing import Any, Final

from segur_interop.ins import _libdmtx

__all__ = ["main"]

_GS: Final = 0x1D
_MARK: Final = b"IS01"
# Above this many pixels a side (A4 at 250 dpi), half of the resolution is tried first: a hit
# costs a fifth of the time, and nothing is lost since the full resolution follows.
_LARGE: Final = 2900


def main() -> None:
    """Serve one page."""
    _no_core_dump()
    deadline = time.monotonic()
    request = json.loads(sys.stdin.buffer.readline())
    deadline += request["seconds"]
    width, height = request["width"], request["height"]
    grey = sys.stdin.buffer.read(width * height)
    found = None
    for shrink, share in ((2, 0.3), (1, 1.0)) if max(width, height) > _LARGE else ((1, 1.0),):
        left = (deadline - time.monotonic()) * share
        found = _search(_libdmtx.load_wrapper(), grey, width, height, shrink, left) or found
        if found and found[0].lstrip(b"\x1d").startswith(_MARK):
            break
    answer = found and {"payload": found[0].hex(), "corners": found[1]}
    sys.stdout.write(json.dumps({"found": answer}) + "\n")


def _no_core_dump() -> None:
    """A crash leaves no image of a patient's document on the disk."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _search(
    dmtx: ModuleType, grey: bytes, width: int, height: int, shrink: int, seconds: float
) -> tuple[bytes, list[tuple[float, float]]] | None:
    """The first symbol marked INS, else the last other one met; stops at the first hit.

    libdmtx would use up its whole time after a hit, and a page of French post bears other
    Data Matrix symbols.
    """
    until = dmtx.dmtxTimeAdd(dmtx.dmtxTimeNow(), max(1, int(seconds * 1000)))
    other = None
    with _decoder(dmtx, grey, width, height, shrink) as decoder:
        # Without it libdmtx drops FNC1, which some encoders write for GS, and joins two fields.
        dmtx.dmtxDecodeSetProp(decoder, dmtx.DmtxProperty.DmtxPropFnc1, _GS)
        while region := dmtx.dmtxRegionFindNext(decoder, byref(until)):
            try:
                payload = _payload(dmtx, decoder, region)
                if payload is None:
                    continue
                other = payload, _corners(dmtx, region, shrink, height)
            finally:
                dmtx.dmtxRegionDestroy(byref(region))
            if payload.lstrip(b"\x1d").startswith(_MARK):
                break
    return other


@contextlib.contextmanager
def _decoder(dmtx: ModuleType, grey: bytes, width: int, height: int, shrink: int) -> Iterator[Any]:
    pack = dmtx.DmtxPackOrder.DmtxPack8bppK
    # libdmtx reads the pixels where they are: `pixels` must outlive the decoder.
    pixels = ctypes.create_string_buffer(grey, len(grey))
    image = dmtx.dmtxImageCreate(cast(pixels, dmtx.c_ubyte_p), width, height, pack)
    if not image:
        raise MemoryError
    decoder = dmtx.dmtxDecodeCreate(image, shrink)
    if not decoder:
        raise MemoryError
    try:
        yield decoder
    finally:
        dmtx.dmtxDecodeDestroy(byref(decoder))
        dmtx.dmtxImageDestroy(byref(image))


def _payload(dmtx: ModuleType, decoder: Any, region: Any) -> bytes | None:
    message = dmtx.dmtxDecodeMatrixRegion(decoder, region, dmtx.DmtxUndefined)
    if not message:
        return None
    try:
        return string_at(message.contents.output, message.contents.outputIdx)
    finally:
        dmtx.dmtxMessageDestroy(byref(message))


def _corners(dmtx: ModuleType, region: Any, shrink: int, height: int) -> list[tuple[float, float]]:
    corners = []
    for x, y in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)):
        point = dmtx.DmtxVector2(x, y)
        dmtx.dmtxMatrix3VMultiplyBy(point, region.contents.fit2raw)
        # libdmtx counts rows from the bottom
        corners.append((point.X * shrink, height - point.Y * shrink))
    return corners
