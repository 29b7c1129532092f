"""Symbols for the tests: the people of the specification, images of a matrix, odd symbols."""

from __future__ import annotations

import dataclasses
import importlib.util
import io
import shutil
import subprocess
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from segur_interop import ins

Matrix = tuple[tuple[bool, ...], ...]
GS = "\x1d"

# The patient of the ANS CDA kit.
PAYLOAD = (
    "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10"
    f"S3DOMINIQUE MARIE-LOUISE{GS}S4PAT-TROIS{GS}S5FS628-03-1979S751215"
)
CODEWORDS = (
    230, 142, 133, 31, 229, 25, 165, 25, 165, 25, 165, 25, 165, 25, 165, 25, 165, 25, 193, 32, 60,
    81, 232, 57,
)  # fmt: skip


def patient(**changes: Any) -> ins.Identity:
    """The patient of `PAYLOAD`, qualified here."""
    identity = ins.Identity(
        birth_name="PAT-TROIS",
        birth_given_names="DOMINIQUE MARIE-LOUISE",
        birth_date=date(1979, 3, 28),
        sex=ins.Sex.F,
        birth_place="51215",
        matricule=ins.Matricule.parse("279035121518989", oid="1.2.250.1.213.1.4.10"),
        status=ins.IdentityStatus.QUALIFIEE,
    )
    return dataclasses.replace(identity, **changes)


def corsican() -> ins.Identity:
    """A test identity of the INSi qualification platform."""
    return patient(
        birth_name="ADRTROIS",
        birth_given_names="DOMINIQUE",
        birth_date=date(1997, 2, 26),
        birth_place="2A020",
        matricule=ins.Matricule.parse("297022A02077878", oid="1.2.250.1.213.1.4.8"),
    )


def image_of(matrix: Matrix, *, pixels: int = 5, quiet: int = 2) -> Any:
    """A grey Pillow image of the modules."""
    from PIL import Image

    side = len(matrix) + 2 * quiet
    image = Image.new("L", (side, side), 255)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x + quiet, y + quiet), 0)
    return image.resize((side * pixels, side * pixels), Image.Resampling.NEAREST)


def matrix_of(codewords: list[int]) -> Matrix:
    """The symbol of any data codewords, as a foreign encoder may write it."""
    from ppf.datamatrix import DataMatrix

    class Encoded:
        def encode(self, _codec: str) -> bytes:
            return bytes(codewords)

    return tuple(
        tuple(module == 1 for module in row) for row in DataMatrix(Encoded(), codecs=["C40"]).matrix
    )


def ascii_codewords(text: str, *, separator: int = 30) -> list[int]:
    """The text in the ASCII encodation; `separator` is the codeword of GS (232 is FNC1)."""
    return [separator if character == GS else ord(character) + 1 for character in text]


def png(image: Any) -> bytes:
    """A Pillow image as a file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def program(name: str) -> str:
    """The path of an optional program, or a skip that says why."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def run(*command: str, text: bytes = b"") -> bytes:
    """What a program writes to stdout."""
    return subprocess.run(command, input=text, capture_output=True, check=True).stdout


def scan_rates() -> ModuleType:
    """`tools/scan_rates.py`, whose degraded pages the tests read too."""
    path = Path(__file__).resolve().parents[1] / "tools" / "scan_rates.py"
    spec = importlib.util.spec_from_file_location("scan_rates", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
