"""Booleans and numbers as XML Schema writes them, and nothing else."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

__all__ = ["boolean", "decimal"]

_SPACE: Final = " \t\r\n"
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_MAX_NUMBER: Final = 64
"""Characters of a number."""


def boolean(text: str) -> bool | None:
    """`true`, `1`, `false`, `0`, white space around them apart (xs:boolean); None otherwise."""
    return _BOOLEANS.get(text.strip(_SPACE))


def decimal(text: str) -> Decimal | None:
    """A finite number (xs:decimal, xs:double), its digits as written; None otherwise.

    An exponent has three digits at most, as that of any xs:double: what is beyond measures nothing,
    and would cost its reader the memory that it stands for.
    """
    text = text.strip(_SPACE)
    if len(text) > _MAX_NUMBER or not _DECIMAL.fullmatch(text):
        return None
    return Decimal(text)
