"""Is something already printed where a block would go?"""

from __future__ import annotations

from typing import Final

from segur_interop.errors import MissingDependency
from segur_interop.ins._pages import PDFIUM

__all__ = ["zone_is_empty"]

_SCALE: Final = 1.0
_WHITE: Final = 250


def zone_is_empty(
    data: bytes, corner: tuple[float, float], block: tuple[float, float]
) -> bool | None:
    """True when page 1 shows only white there; None when it cannot be drawn.

    Args:
        data: the PDF.
        corner: lower left corner of the zone, in points from that of the page as shown.
        block: width and height of the zone, in points.
    """
    try:
        import pypdfium2
    except ImportError as error:
        raise MissingDependency(
            "looking under the block needs pypdfium2; install pypdfium2"
        ) from error
    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
            try:
                page = document[0]
                width, height = page.get_size()
                (x, y), (wide, high) = corner, block
                crop = (x, y, max(0.0, width - x - wide), max(0.0, height - y - high))
                bitmap = page.render(scale=_SCALE, crop=crop, grayscale=True)
                pixels, stride = memoryview(bitmap.buffer).cast("B"), bitmap.stride
                lowest = min(
                    min(pixels[row * stride : row * stride + bitmap.width])
                    for row in range(bitmap.height)
                )
                bitmap.close()
                page.close()
            finally:
                document.close()
        except Exception:  # whatever a damaged page makes PDFium's binding raise
            return None
    return lowest >= _WHITE
