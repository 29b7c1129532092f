"""What page 1 already bears, and whether something can be drawn after its content."""

from __future__ import annotations

import re
from typing import Any, Final

import pikepdf

from segur_interop.errors import PdfError
from segur_interop.pdf._reading.lex import instructions
from segur_interop.pdf._reading.objects import (
    MALFORMED,
    TooLarge,
    array,
    decoded,
    entries,
    get,
    identity,
    inherited,
    is_stream,
    name,
)
from segur_interop.pdf._stamping.identity_block import MARK

__all__ = ["bears_block", "contents", "open_states"]

_MAX_CONTENT: Final = 64_000_000
_MAX_FORMS: Final = 2_000
_MAX_NESTING: Final = 28
_WORD: Final = re.compile(rb"[A-Za-z][A-Za-z0-9]{0,2}\*?|['\"]")
_WATCHED: Final = frozenset((b"q", b"Q", b"BT", b"ET"))


def bears_block(page: Any) -> bool:
    """True when a form of the page, or one inside it, is an identity block of this library.

    Raises:
        PdfError: too many forms to look at each.
    """
    pending: list[Any] = [inherited(page, "/Resources")]
    seen: set[tuple[int, int] | None] = set()
    while pending:
        if len(seen) > _MAX_FORMS:
            raise PdfError(f"more than {_MAX_FORMS} forms", place="page 1")
        for _, form in entries(get(pending.pop(), "/XObject")):
            if not is_stream(form) or name(get(form, "/Subtype")) != "/Form":
                continue
            if get(form, MARK) is not None:
                return True
            key = identity(form)
            if key not in seen:
                seen.add(key)
                pending.append(get(form, "/Resources"))
    return False


def contents(page: Any) -> list[Any]:
    """The content streams of a page, in order."""
    value = get(page, "/Contents")
    return array(value) or ([value] if is_stream(value) else [])


def open_states(pdf: pikepdf.Pdf, page: Any) -> int:
    """How many `q` the content leaves open; what follows must close them first.

    Raises:
        PdfError: the content closes more than it opens, ends inside a text object, nests too
            deep for one more level (ISO 19005-1, 6.1.12), or is too long.
    """
    depth = deepest = texts = 0
    for operator in _operators(pdf, page):
        if operator == b"q":
            depth += 1
            deepest = max(deepest, depth)
        elif operator == b"Q":
            depth -= 1
        else:
            texts += 1 if operator == b"BT" else -1
        if depth < 0:
            raise PdfError("the content restores more graphics states than it saves",
                           place="page 1")  # fmt: skip
    if texts:
        raise PdfError("the content ends inside a text object", place="page 1")
    if deepest >= _MAX_NESTING:
        raise PdfError("graphics states are nested as deep as PDF/A-1 allows", place="page 1")
    return depth


def _operators(pdf: pikepdf.Pdf, page: Any) -> list[bytes]:
    try:
        data = b"\n".join(decoded(item, _MAX_CONTENT) for item in contents(page))
    except TooLarge:
        raise PdfError(f"more than {_MAX_CONTENT} bytes of content", place="page 1") from None
    except MALFORMED:
        raise PdfError("the content cannot be decoded", place="page 1") from None
    found = [operator for _, operator in instructions(data, paths=False)]
    if all(_WORD.match(word) for word in set(found)):
        return [operator for operator in found if operator in _WATCHED]
    # qpdf's reading, for binary data that misled the pattern
    return [
        str(item.operator).encode("latin-1", "replace")
        for item in pikepdf.parse_content_stream(pdf.make_stream(data), "q Q BT ET")
    ]
