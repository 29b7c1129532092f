"""The two independent PDF/A validators, and the PDFs that official examples carry."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

RUN = re.compile(rb"(?:[A-Za-z0-9+/=\s]|&#x?[0-9A-Fa-f]+;|\\\.br\\|\\X0[AD]\\){1000,}")
FILLER = re.compile(rb"&#x?[0-9A-Fa-f]+;|\\\.br\\|\\X0[AD]\\|[\s=]")


@dataclass(frozen=True)
class Opinion:
    verapdf: bool
    preflight: bool


def judged(tools: Path, folder: Path) -> dict[str, Opinion]:
    """What both judges say of every PDF of a folder."""
    if shutil.which("java") is None:
        pytest.skip("no java on PATH for the PDF/A judges")
    files = sorted(folder.glob("*.pdf"))
    with ThreadPoolExecutor(2) as pool:
        halves = pool.map(lambda half: _judge(tools, half), (files[::2], files[1::2]))
        found = {name: opinion for half in halves for name, opinion in half.items()}
    assert len(found) == len(files)
    return found


def _judge(tools: Path, files: list[Path]) -> dict[str, Opinion]:
    run = subprocess.run(
        [sys.executable, str(tools / "judge_pdfa.py"), "--json", *map(str, files)],
        capture_output=True, text=True, timeout=1200, check=False,
    )  # fmt: skip
    if run.returncode not in (0, 1):
        pytest.skip(f"a PDF/A judge could not run: {run.stderr.strip()[-200:]}")
    return {
        Path(item["file"]).stem: Opinion(item["verapdf"], item["preflight"])
        for item in json.loads(run.stdout)
    }


def embedded(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """PDFs in base64 inside XML, HL7 or a CDA that is itself in base64."""
    for match in RUN.finditer(data):
        text = FILLER.sub(b"", match.group())
        for skip in range(4):
            rest = text[skip:]
            rest = rest[: len(rest) - 1] if len(rest) % 4 == 1 else rest
            content = base64.b64decode(rest + b"=" * (-len(rest) % 4))
            if b"%PDF-" in content[:1024]:
                yield content
                break
            if depth < 2 and b"<ClinicalDocument" in content[:5000]:
                yield from embedded(content, depth + 1)
                break
