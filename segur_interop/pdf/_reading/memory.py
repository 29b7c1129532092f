"""Octets opened as a PDF without a Python call for each read.

qpdf reads a Python stream through the interpreter: opening 140 kB so costs three times what it
costs from a file. Where the system has files in memory (Linux), the octets go into one; they
never reach a disk. Beyond a megabyte, mostly pictures that nobody reads, the copy costs more.
"""

from __future__ import annotations

import io
import os
from typing import Final

import pikepdf

__all__ = ["open_octets"]

_MOST_COPIED: Final = 1_000_000


def open_octets(data: bytes, *, inherit: bool = True) -> pikepdf.Pdf:
    """The document, warnings kept silent.

    Args:
        data: the octets.
        inherit: copy what pages inherit into each page; else no page is read yet.

    Raises:
        pikepdf.PdfError: what qpdf cannot read, `pikepdf.PasswordError` included.
    """
    if hasattr(os, "memfd_create") and len(data) <= _MOST_COPIED:
        try:
            return _from_memory_file(data, inherit=inherit)
        except OSError:  # no such files here, or no way to name them
            pass
    return pikepdf.open(io.BytesIO(data), suppress_warnings=True, inherit_page_attributes=inherit)


def _from_memory_file(data: bytes, *, inherit: bool) -> pikepdf.Pdf:
    handle = os.memfd_create("pdf", os.MFD_CLOEXEC)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        # qpdf opens the name anew and keeps what it opened: our handle may go
        return pikepdf.open(
            f"/proc/self/fd/{handle}",
            suppress_warnings=True,
            access_mode=pikepdf.AccessMode.stream,
            inherit_page_attributes=inherit,
        )
    finally:
        os.close(handle)
