"""What a line of the catalogue and METADATA.XML both say of an item."""

from __future__ import annotations

from collections.abc import Iterable

from segur_interop import xdm
from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue
from segur_interop.export._entries import _xds
from segur_interop.export.catalogue import CataloguedCode, Line
from segur_interop.terminology import Code

__all__ = ["fields_of"]


def fields_of(line: Line, metadata: xdm.DocumentEntry) -> Iterable[tuple[str, object, object]]:
    """Each field that the catalogue and the metadata both have, as each says it."""
    yield "size", line.size, metadata.size
    yield "mime", line.mime, metadata.mime_type
    yield "unique_id", line.unique_id, metadata.unique_id
    yield "format_code", _coded(line.format_code), _code(metadata.format_code)
    yield "type", _coded(line.type), _code(metadata.type_code)
    yield "classe", _coded(line.classe), _code(metadata.class_code)
    yield "language", line.language or "", metadata.language_code
    codes = [code.code for code in metadata.confidentiality_codes]
    masks = sorted(mask.value for mask in metadata.masks)
    yield "confidentiality", line.confidentiality, codes[0] if codes else None
    yield "masks", sorted(line.masks), masks
    if metadata.title:
        yield "title", (line.title or "").strip(), metadata.title
    yield "date_production", _when(line.date_production), metadata.creation_time
    yield "date_acte", _when(line.date_acte), metadata.service_start_time
    yield "date_fin_acte", _when(line.date_fin_acte), metadata.service_stop_time


def _coded(code: CataloguedCode | None) -> tuple[str, str] | None:
    return None if code is None else (code.code, code.system or "")


def _code(code: Code | None) -> tuple[str, str] | None:
    return None if code is None else (code.code, code.system or "")


def _when(text: str | None) -> Timestamp | str | None:
    """As the metadata write it: in UTC to the second, or a day."""
    if text is None:
        return None
    try:
        return _xds(Timestamp.parse(text))
    except InvalidValue:
        return "no time"
