"""One INS, one patient: which archive bears each, told when another bears it too.

(RNIV 1: a *doublon* is one person in two records, a *collision* two persons in one. Two records of
one INS are the first, or hide the second.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from segur_interop.export._identities import found
from segur_interop.export._notes import Notes
from segur_interop.findings import Severity
from segur_interop.ins import Identity

__all__ = ["SameIns", "digest_of"]

_OCTETS: Final = 8


def digest_of(identity: Identity | None) -> bytes | None:
    """What stands for the 13 characters of an INS while an export is verified; None without."""
    if identity is None or identity.matricule is None:
        return None
    number = identity.matricule.number
    return hashlib.blake2b(number.encode(), digest_size=_OCTETS).digest()


class SameIns:
    """The first place of each INS: about 160 octets a patient, and no INS."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._first: dict[bytes, str] = {}

    def add(self, digests: Iterable[bytes], place: str, notes: Notes) -> None:
        """See the patient of a place; tell it when another has the same INS."""
        for digest in digests:
            first = self._first.setdefault(digest, place)
            if first != place:
                notes.add(
                    found(
                        "export.identity.same-ins",
                        f"the same INS as {first}: one person in two records, or the INS of "
                        "another person: file neither before a look",
                        place,
                        Severity.WARNING,
                    )
                )
