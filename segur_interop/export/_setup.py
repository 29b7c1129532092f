"""The arguments of a run that do not depend on how it is run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from segur_interop import cda, xdm
from segur_interop.export import _finish
from segur_interop.export._entries import Sender
from segur_interop.export._transverse import Transverse
from segur_interop.export.layout import LotLimits
from segur_interop.export.manifest import Editor
from segur_interop.export.request import Request
from segur_interop.model._json import to_plain
from segur_interop.xdm.pack import Compression

__all__ = ["Setup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The arguments of a run that do not depend on how it is run."""

    request: Request
    sender: Sender
    editor: Editor
    software: xdm.Software
    profile: str
    lots: LotLimits
    compression: Compression
    readable: bool
    wrap: cda.Setting | None
    export_id: str | None
    extract_time: datetime | None
    chunk: int
    in_flight: int
    signer: _finish.Signer | None
    transverse: Transverse | None
    csv_bom: bool

    def fingerprint(self) -> str:
        """What changes the octets beside the request."""
        told: tuple[object, ...] = (
            self.sender.oid, self.editor.name, self.editor.siret, self.software.name,
            self.software.version, self.profile, self.lots.patients, self.lots.size,
            self.compression, self.readable, self.wrap.value if self.wrap else "",
            json.dumps(to_plain(self.sender.organization), sort_keys=True), self.software.vendor,
        )  # fmt: skip
        if self.transverse is not None:
            told += (self.transverse.sha256,)
        if self.csv_bom:
            told += ("bom",)
        return hashlib.sha256("\n".join(map(str, told)).encode()).hexdigest()
