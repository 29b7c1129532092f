"""Portability: the whole history of health data in one verifiable folder, out and in.

(DSR-HOP-DPI-Va1 2.2 and DSR-PHA-LGO-Va1 2.2, Portabilité.)
"""

from __future__ import annotations

from segur_interop.export.catalogue import Absence, Line, Origin, SourceStatus
from segur_interop.export.layout import LotLimits
from segur_interop.export.manifest import Editor, ExportStatus, ExportType, Manifest

__all__ = [
    "Absence",
    "Editor",
    "ExportStatus",
    "ExportType",
    "Line",
    "LotLimits",
    "Manifest",
    "Origin",
    "SourceStatus",
]
