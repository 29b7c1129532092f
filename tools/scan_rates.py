"""Measures how often the Datamatrix INS is read back from an A4 page, and prints a table.

    python tools/scan_rates.py [--seconds 3] [case ...]

Each case draws the symbols of five fictitious patients, one to a page of text, degrades the page
as scanners and faxes do, and reads it with zxing-cpp and with libdmtx. A payload read wrong ends
the run. The table of docs/scanning.md is the output of this script.
"""

from __future__ import annotations

import argparse
import io
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from segur_interop import ins
from segur_interop.ins import _decoders
from segur_interop.ins._pages import Page, open_pages
from segur_interop.ins.symbol import Symbol, symbol

MM = 72 / 25.4

# Test identities of the ANS kit and of the INSi qualification platform, and two with names as
# long as the format allows: symbols of 40, 36, 40, 44 and 52 modules.
PATIENTS = (
    ("279035121518989", "10", "PAT-TROIS", "DOMINIQUE MARIE-LOUISE", date(1979, 3, 28), "51215"),
    ("297022A02077878", "8", "ADRTROIS", "DOMINIQUE", date(1997, 2, 26), "2A020"),
    (
        "101066322075460",
        "8",
        "D'ARTAGNAN DE L'HERAULT",
        "PIERRE-ALAIN MURIEL FLORIANT",
        date(2001, 6, 17),
        "63220",
    ),
    ("279035121518989", "10", "PAT-TROIS" * 4, "DOMINIQUE MARIE-LOUISE" * 2, date(1979, 3, 28), ""),
    ("279035121518989", "10", "PAT-TROI" * 12, "DOMINIQUE " * 9 + "MARIE", date(1979, 3, 28), ""),
)


def identities() -> list[ins.Identity]:
    """The fictitious patients, qualified."""
    return [
        ins.Identity(
            birth_name=name,
            birth_given_names=given,
            birth_date=born,
            sex=ins.Sex.M if number.startswith("1") else ins.Sex.F,
            birth_place=place,
            matricule=ins.Matricule.parse(number, oid=f"1.2.250.1.213.1.4.{arc}"),
            status=ins.IdentityStatus.QUALIFIEE,
        )
        for number, arc, name, given, born, place in PATIENTS
    ]


def page_pdf(drawn: Symbol | None) -> bytes:
    """An A4 page of text and a table, the symbol in its top right corner."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    width, height = A4
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", 10)
    words = random.Random(7)  # noqa: S311 (a text to look at)
    for line in range(48):
        text = " ".join("abcdefghijklmnop"[: words.randint(2, 14)] for _ in range(14))
        canvas.drawString(20 * MM, height - 25 * MM - line * 4.6 * MM, text[:88])
    for row in range(9):
        canvas.line(20 * MM, (20 + 3 * row) * MM, 190 * MM, (20 + 3 * row) * MM)
        canvas.line((20 + 21.25 * row) * MM, 20 * MM, (20 + 21.25 * row) * MM, 44 * MM)
    if drawn is not None:
        draw_symbol(canvas, drawn, x=width - 12 * MM - drawn.size_mm * MM, top=height - 12 * MM)
    canvas.save()
    return file.getvalue()


def draw_symbol(canvas: Any, drawn: Symbol, *, x: float, top: float) -> None:
    """The symbol as one filled path on white, its upper left corner at (x, top)."""
    module = drawn.module_mm * MM
    side = drawn.size_mm * MM
    canvas.setFillGray(1)
    canvas.rect(x, top - side, side, side, stroke=0, fill=1)
    canvas.setFillGray(0)
    path = canvas.beginPath()
    for run in drawn.runs:
        path.rect(x + run.x * module, top - (run.y + 1) * module, run.width * module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def image_of(pdf: bytes, dpi: int) -> Any:
    """The page as a grey Pillow image."""
    from PIL import Image

    (page,) = open_pages(pdf, pages=None, dpi=dpi, note=lambda finding: None)
    return Image.frombytes("L", (page.width, page.height), page.grey)


def rotated(image: Any, degrees: float) -> Any:
    """Turned as in a feeder, on white."""
    from PIL import Image

    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def blurred(image: Any, radius: float) -> Any:
    """Out of focus: a Gaussian of this radius in pixels."""
    from PIL import ImageFilter

    return image.filter(ImageFilter.GaussianBlur(radius))


def noisy(image: Any, sigma: float) -> Any:
    """Gaussian noise of this standard deviation, in grey levels of 255."""
    from PIL import Image, ImageChops

    dice = random.Random(11)  # noqa: S311 (reproducible noise)
    tile = bytes(min(max(round(dice.gauss(128, sigma)), 0), 255) for _ in range(300 * 300))
    noise = Image.new("L", image.size)
    for left in range(0, image.width, 300):
        for top in range(0, image.height, 300):
            turned = Image.frombytes("L", (300, 300), tile).rotate(90 * dice.randrange(4))
            noise.paste(turned, (left, top))
    return ImageChops.add(image, noise, scale=1, offset=-128)


def faded(image: Any, black: int, white: int) -> Any:
    """Black and white brought to these grey levels."""
    return image.point([black + level * (white - black) // 255 for level in range(256)])


def jpeg(image: Any, quality: int) -> Any:
    """Compressed and read again."""
    from PIL import Image

    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("L")


def fax(image: Any) -> Any:
    """Two levels, cut at mid grey."""
    return image.point([0] * 128 + [255] * 128)


def worn(image: Any) -> Any:
    """Askew, out of focus, noisy and faded at once."""
    return faded(noisy(blurred(rotated(image, 2), 1), 15), 40, 220)


def _as_is(image: Any) -> Any:
    return image


# name: side of the symbol in mm, dpi, what happens to the page
CASES: dict[str, tuple[float, int, Callable[[Any], Any]]] = {
    "100 dpi": (28, 100, _as_is),
    "150 dpi": (28, 150, _as_is),
    "200 dpi": (28, 200, _as_is),
    "300 dpi": (28, 300, _as_is),
    "600 dpi": (28, 600, _as_is),
    "20 mm, 150 dpi": (20, 150, _as_is),
    "20 mm, 200 dpi": (20, 200, _as_is),
    "20 mm, 300 dpi": (20, 300, _as_is),
    "20 mm, 100 dpi": (20, 100, _as_is),
    "15 mm, 150 dpi": (15, 150, _as_is),
    "15 mm, 200 dpi": (15, 200, _as_is),
    "15 mm, 300 dpi": (15, 300, _as_is),
    "turned 90°": (28, 200, lambda image: rotated(image, 90)),
    "turned 180°": (28, 200, lambda image: rotated(image, 180)),
    "turned 7°": (28, 200, lambda image: rotated(image, 7)),
    "blur 1 px": (28, 200, lambda image: blurred(image, 1)),
    "blur 1.5 px": (28, 200, lambda image: blurred(image, 1.5)),
    "blur 2 px": (28, 200, lambda image: blurred(image, 2)),
    "noise 8": (28, 200, lambda image: noisy(image, 8)),
    "noise 20": (28, 200, lambda image: noisy(image, 20)),
    "noise 40": (28, 200, lambda image: noisy(image, 40)),
    "grey 110 on 140": (28, 200, lambda image: faded(image, 110, 140)),
    "JPEG quality 30": (28, 200, lambda image: jpeg(image, 30)),
    "fax, 200 dpi": (28, 200, fax),
    "worn": (28, 200, worn),
}


def page_of(image: Any) -> Page:
    """The image as the decoders take it."""
    return Page(1, image.width, image.height, image.tobytes())


def by_zxing(page: Page, seconds: float) -> list[_decoders.RawSymbol]:
    """As `scan` calls it; it needs no time limit."""
    return _decoders.by_zxing(page)


def by_libdmtx(page: Page, seconds: float) -> list[_decoders.RawSymbol]:
    """As `scan` calls it; none when the time is over."""
    try:
        return _decoders.by_libdmtx(page, seconds=seconds)
    except _decoders.DecoderFailed:
        return []


DECODERS = {"zxing-cpp": by_zxing, "libdmtx": by_libdmtx}


def rate(
    decode: Callable[[Page, float], list[_decoders.RawSymbol]],
    pages: Iterable[tuple[str, Page]],
    seconds: float,
) -> str:
    """How many payloads were read, and the median time of a page."""
    hits, times = [], []
    for payload, page in pages:
        start = time.perf_counter()
        found = decode(page, seconds)
        times.append(time.perf_counter() - start)
        if any(raw.payload != payload.encode() for raw in found):
            sys.exit("a payload was read wrong")
        hits.append(bool(found))
    return f"{sum(hits)}/{len(hits)} | {statistics.median(times) * 1000:.0f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", help="names of cases; all without any")
    parser.add_argument("--seconds", type=float, default=3.0, help="time limit of libdmtx a page")
    arguments = parser.parse_args()
    print("| case | " + " | ".join(f"{name} read | ms" for name in DECODERS) + " |")
    print("|---|" + "---:|---:|" * len(DECODERS))
    for name in arguments.cases or CASES:
        size, dpi, spoil = CASES[name]
        drawn = [symbol(identity, size_mm=size) for identity in identities()]
        pages = [(one.payload, page_of(spoil(image_of(page_pdf(one), dpi)))) for one in drawn]
        cells = " | ".join(rate(decode, pages, arguments.seconds) for decode in DECODERS.values())
        print(f"| {name} | {cells} |", flush=True)
    empty = [("", page_of(image_of(page_pdf(None), 200)))]
    cells = " | ".join(rate(decode, empty, arguments.seconds) for decode in DECODERS.values())
    print(f"| page without symbol, 200 dpi | {cells} |")


if __name__ == "__main__":
    main()
