"""Portability: the whole history of health data in one verifiable folder, out and in.

(DSR-HOP-DPI-Va1 2.2 and DSR-PHA-LGO-Va1 2.2, Portabilité.)
"""

from __future__ import annotations

from segur_interop.export._status import StopReason
from segur_interop.export.acknowledgement import Acknowledgement, acknowledge
from segur_interop.export.catalogue import Absence, Line, Origin, SourceStatus
from segur_interop.export.items import Category, Item, Record, Unfit
from segur_interop.export.layout import LotLimits
from segur_interop.export.manifest import Balance, Editor, ExportStatus, ExportType, Manifest
from segur_interop.export.outcome import Outcome, Result
from segur_interop.export.plan import import_plan
from segur_interop.export.planned import Decision, Ground, ImportPlan, Planned
from segur_interop.export.receive import Reception, receive
from segur_interop.export.received import ReceivedItem, ReceivedPatient
from segur_interop.export.request import Exclusion, Policy, Recipient, Refused, Request, Scope
from segur_interop.export.run import Run
from segur_interop.export.sealing import decrypt, encrypt, signer
from segur_interop.export.sources import DocumentSource, FolderSource
from segur_interop.export.sql import SqlSource
from segur_interop.export.start import portability
from segur_interop.export.verify import verify

__all__ = [
    "Absence",
    "Acknowledgement",
    "Balance",
    "Category",
    "Decision",
    "DocumentSource",
    "Editor",
    "Exclusion",
    "ExportStatus",
    "ExportType",
    "FolderSource",
    "Ground",
    "ImportPlan",
    "Item",
    "Line",
    "LotLimits",
    "Manifest",
    "Origin",
    "Outcome",
    "Planned",
    "Policy",
    "ReceivedItem",
    "ReceivedPatient",
    "Reception",
    "Recipient",
    "Record",
    "Refused",
    "Request",
    "Result",
    "Run",
    "Scope",
    "SourceStatus",
    "SqlSource",
    "StopReason",
    "Unfit",
    "acknowledge",
    "decrypt",
    "encrypt",
    "import_plan",
    "portability",
    "receive",
    "signer",
    "verify",
]
