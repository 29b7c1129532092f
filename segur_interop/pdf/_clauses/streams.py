"""Streams and file specifications: ISO 19005-1:2005, 6.1.7, 6.1.10 and 6.1.11."""

from __future__ import annotations

import re
from typing import Any, Final

import pikepdf

from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.objects import array, get, name

__all__ = ["check_object", "may_break"]

_EF: Final = re.compile(rb"/EF(?![A-Za-z0-9])")
_FILTERS: Final = frozenset(
    f"/{kind}Decode"
    for kind in ["ASCIIHex", "ASCII85", "Flate", "RunLength", "CCITTFax", "JBIG2", "DCT"]
)
_TEXT: Final = re.compile(rb"\((?>[^()\\]++|\\.)*+\)", re.DOTALL)


_NOTABLE: Final = re.compile(rb"/(?:EF|F|FFilter|FDecodeParms)(?![A-Za-z0-9])|#")
_FILTER: Final = re.compile(rb"/Filter[\x00\t\n\x0c\r ]*(/\w+|\[[^\[\]]*\])")
_FILTER_NAME: Final = re.compile(rb"/\w+")


def may_break(values: bytes) -> bool:
    """True when some dictionary may break a rule of `check_object` and has to be looked at."""
    filters = _FILTER.findall(values)
    names = {found.decode() for value in set(filters) for found in _FILTER_NAME.findall(value)}
    return bool(
        names - _FILTERS or len(filters) != values.count(b"/Filter") or _NOTABLE.search(values)
    )


def check_object(item: Any, notes: Notes) -> None:
    """6.1.7, 6.1.10 and 6.1.11: rules on whatever dictionary, wherever it is."""
    if isinstance(item, pikepdf.Stream):
        _check_stream(item, notes)
        dictionary: Any = item.stream_dict
    elif isinstance(item, (pikepdf.Dictionary, pikepdf.Array)):
        dictionary = item
    else:
        return
    written = dictionary.unparse(resolved=True)
    if b"/EF" in written and _EF.search(_TEXT.sub(b"()", written)):
        notes.fail("6.1.11", "a file specification with an embedded file", _place(item))


def _check_stream(stream: Any, notes: Notes) -> None:
    filters = get(stream, "/Filter")
    for item in array(filters) or [filters]:
        kind = name(item)
        if kind == "/LZWDecode":
            notes.fail("6.1.10", "LZW compression", _place(stream))
        elif kind is not None and kind not in _FILTERS:
            notes.fail("6.1.10", "a filter that PDF 1.4 does not define", _place(stream))
    if any(get(stream, key) is not None for key in ("/F", "/FFilter", "/FDecodeParms")):
        notes.fail("6.1.7", "a stream whose data lie in another file", _place(stream))


def _place(item: Any) -> str:
    return f"object {item.objgen[0]}" if item.objgen[0] else "object"
