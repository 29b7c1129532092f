"""The messages that a file holds, as MLLP wants them."""

from __future__ import annotations

import re
from typing import Final

from segur_interop._source import Source, read_source
from segur_interop.errors import MessageError

__all__ = ["split"]

_MAX_FILE: Final = 512 * 1024 * 1024
_BEGIN: Final = re.compile(rb"(?:^|(?<=[\r\n\x0b]))MSH(?=[!-/:-@\[-`{-~])")
_ENVELOPE: Final = re.compile(rb"(?:^|(?<=\r))(?:FHS|BHS|BTS|FTS)(?=[!-/:-@\[-`{-~\r])[^\r]*\r?")
_AROUND: Final = b" \t\r\n\x0b\x1c"


def split(source: Source) -> tuple[bytes, ...]:
    """The messages of a file, one or many, each ready for `mllp.send`.

    LF and CRLF become CR, the frames of MLLP and the envelope of a batch (FHS, BHS, BTS, FTS)
    are taken off, and the last segment ends with CR; nothing else is touched.

    Args:
        source: bytes, or the path of a file, at most 512 MiB.

    Raises:
        MessageError: no MSH at the start, or more octets than that.
        OSError: the path cannot be read.
    """
    data = read_source(source, max_bytes=_MAX_FILE, error=MessageError)
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    data = data.replace(b"\r\n", b"\r") if b"\r" in data else data.replace(b"\n", b"\r")
    starts = [match.start() for match in _BEGIN.finditer(data)]
    if not starts or _ENVELOPE.sub(b"", data[: starts[0]]).strip(_AROUND):
        raise MessageError("does not start with MSH", place="MSH")
    ends = [*starts[1:], len(data)]
    return tuple(
        _ENVELOPE.sub(b"", data[start:end]).rstrip(_AROUND) + b"\r"
        for start, end in zip(starts, ends, strict=True)
    )
