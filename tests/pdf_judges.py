"""The two independent PDF/A validators, and the PDFs that official examples carry."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

RUN = re.compile(rb"(?:[A-Za-z0-9+/=\s]|&#x?[0-9A-Fa-f]+;|\\\.br\\|\\X0[AD]\\){1000,}")
FILLER = re.compile(rb"&#x?[0-9A-Fa-f]+;|\\\.br\\|\\X0[AD]\\|[\s=]")


@dataclass(frozen=True)
class Opinion:
    verapdf: bool
    preflight: bool


_known: dict[str, Opinion] = {}
"""By SHA-256: no judge reads the same octets twice."""


def judged(tools: Path, folder: Path) -> dict[str, Opinion]:
    """What both judges say of every PDF of a folder."""
    if shutil.which("java") is None:
        pytest.skip("no java on PATH for the PDF/A judges")
    digests = {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.pdf"))
    }
    new = {digest: stem for stem, digest in digests.items() if digest not in _known}
    files = [folder / f"{stem}.pdf" for stem in sorted(new.values())]
    if files:
        with ThreadPoolExecutor(2) as pool:
            other = pool.submit(_preflight, tools, files)
            verapdf = _verapdf(tools, files)
            preflight = other.result()
        _known.update(
            {digest: Opinion(verapdf[stem], preflight[stem]) for digest, stem in new.items()}
        )
    return {stem: _known[digest] for stem, digest in digests.items()}


def _verapdf(tools: Path, files: list[Path]) -> dict[str, bool]:
    run = subprocess.run(
        [sys.executable, str(tools / "judge_pdfa.py"), "--json", "--no-preflight",
         *map(str, files)],
        capture_output=True, text=True, timeout=1200, check=False,
    )  # fmt: skip
    if run.returncode not in (0, 1):
        pytest.skip(f"a PDF/A judge could not run: {run.stderr.strip()[-200:]}")
    return {Path(item["file"]).stem: item["verapdf"] for item in json.loads(run.stdout)}


def _preflight(tools: Path, files: list[Path]) -> dict[str, bool]:
    """All files in one Java machine: starting one for each took most of the time."""
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder) / "files.txt"
        names.write_text("".join(f"{path}\n" for path in files))
        run = subprocess.run(
            ["java", "-cp", _class_path(tools), "org.apache.pdfbox.preflight.Validator_A1b",
             "xml", "group", str(names)],
            capture_output=True, text=True, timeout=1200, check=False,
        )  # fmt: skip
        answer = Path(f"{names}.preflight.xml")
        if not answer.exists():
            pytest.skip(f"preflight could not run: {run.stderr.strip()[-200:]}")
        found = {
            Path(item.get("name", "")).stem: item.findtext("isValid") == "true"
            for item in etree.parse(answer).getroot()
        }
    missing = {path.stem for path in files} - found.keys()
    assert not missing, f"preflight said nothing of {sorted(missing)}"
    return found


def _class_path(tools: Path) -> str:
    spec = importlib.util.spec_from_file_location("judge_pdfa", tools / "judge_pdfa.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    try:
        return os.pathsep.join(tool.jars(tool.PREFLIGHT))
    except SystemExit:
        pytest.skip("preflight lacks a Java library")


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
