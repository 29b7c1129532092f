"""A correspondence from one code to another (NOS *association*)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from segur_interop.errors import UnknownCode
from segur_interop.terminology._lookup import Index, index, lookup, reduced, why_not
from segur_interop.terminology.code import Code

__all__ = ["Association"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """A published correspondence, each code having one counterpart.

    Attributes:
        name: its official name, such as `ASS_X16_CorrespondanceType_Classe_DMP`.
        oid: its OID, or None when the source states none.
        label: its description, or None.
        revision: day of its last revision, or None when unknown.
        source: the publication it was read from.
        source_file: the file of that publication.
        sha256: of that file, in hexadecimal.
        pairs: from and to.
    """

    name: str
    oid: str | None
    label: str | None
    revision: date | None
    source: str
    source_file: str
    sha256: str
    pairs: tuple[tuple[Code, Code], ...] = field(repr=False)
    _by_code: Index[Code] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_code", index(self.pairs))

    def __reduce__(self) -> tuple[Any, ...]:
        return reduced(self)

    def __len__(self) -> int:
        return len(self.pairs)

    def find(self, code: str, system: str | None = None) -> Code | None:
        """The counterpart, or None: no such code, or ambiguous without its system."""
        found = lookup(self._by_code, code, system)
        return found[0] if len(found) == 1 else None

    def get(self, code: str, system: str | None = None, *, place: str = "") -> Code:
        """The counterpart, to be written.

        Args:
            code: exact text of the code.
            system: OID of its code system; None or "" when it was not stated.
            place: field path named in the error.

        Raises:
            UnknownCode: the association has no counterpart; the message names it and the place.
        """
        found = self.find(code, system)
        if found is None:
            raise UnknownCode(f"{why_not(self._by_code, code, system)} ({self.name})", place=place)
        return found
