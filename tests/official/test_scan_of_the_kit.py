"""The PDFs inside the official examples, as a receiver scans them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from pathlib import Path

import pytest

from segur_interop.ins.scan import scan

PDF_IN_BASE64 = re.compile(rb"JVBERi0[A-Za-z0-9+/=\s]{1000,}")


@pytest.fixture(scope="module")
def pdfs(official: Path) -> list[bytes]:
    found: dict[str, bytes] = {}
    for path in sorted(official.rglob("*.xml")):
        for match in PDF_IN_BASE64.finditer(path.read_bytes()):
            try:
                data = base64.b64decode(b"".join(match.group().split()))
            except binascii.Error:
                continue
            found.setdefault(hashlib.sha256(data).hexdigest(), data)
    return list(found.values())


@pytest.mark.official
def test_the_example_symbols_of_the_style_sheet_are_found_and_refused(pdfs: list[bytes]) -> None:
    # The ANS style sheet draws a symbol "for example only": S1 is the text `true`, separators
    # are typed out, the month is in letters. A receiver must not take it for an identity.
    assert pdfs
    marked = 0
    for pdf in pdfs:
        scanned = scan(pdf, time_limit=600)
        assert scanned.identities == ()
        for found in scanned.symbols:
            assert found.page == 1
            assert [finding.rule for finding in found.findings] == ["ins.scan.grammar"]
            marked += 1
    assert marked
