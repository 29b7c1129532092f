"""Identifiers given by one domain: IPP, dossier, venue, order, movement."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import Masked, shown
from segur_interop._oid import INS_C, INS_C_DEMO, INS_C_TEST, NSS_NIA, NSS_NIR, is_oid
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding
from segur_interop.ins.matricule import INS_OIDS
from segur_interop.model._checks import check_one, check_texts
from segur_interop.model._numbers import is_like_matricule
from segur_interop.model.period import Period

__all__ = ["LocalId"]

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_MAX_EXTENSION: Final = 64
_NATIONAL: Final = INS_OIDS | {INS_C, INS_C_TEST, INS_C_DEMO, NSS_NIR, NSS_NIA}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LocalId(Masked):
    """An identifier within the domain that gave it (CDA R2 II; HL7 v2 CX, EI).

    The domain is named by an OID or UUID (`root`), which CDA and XDS need, or by the local
    names that HL7 v2 also knows (`authority`, `namespace`), or both.

    Attributes:
        extension: the identifier, kept as text: leading zeros matter. May be "" only when the
            root alone identifies, as CDA allows.
        root: OID, or UUID, of the domain; "" when only HL7 v2 names are known.
        type: HL7 table 0203: PI (IPP), AN (dossier), VN (venue), MR, …; "" when not told.
        namespace: HD.1, such as the software or establishment name.
        authority: HD.2, when it is not an OID (a FINESS for instance).
        authority_type: HD.3, French table 0301: M entité juridique, N entité géographique,
            L local, DNS, UUID.
        validity: from when until when the identifier is in force (CX.7, CX.8).
    """

    extension: str = ""
    root: str = field(default="", metadata=shown())
    type: str = field(default="", metadata=shown())
    namespace: str = field(default="", metadata=shown())
    authority: str = field(default="", metadata=shown())
    authority_type: str = field(default="", metadata=shown())
    validity: Period | None = None

    def __post_init__(self) -> None:
        check_texts(self, "local_id")
        check_one(self, "local_id", "validity", Period)
        if not (self.extension or self.root):
            raise InvalidValue("neither an extension nor a root", place="local_id.extension")
        if self.root and not (is_oid(self.root) or _UUID.fullmatch(self.root)):
            raise InvalidValue("neither an OID nor a UUID", place="local_id.root")

    @property
    def is_ins(self) -> bool:
        """True when the root is that of a matricule INS, test and demonstration included."""
        return self.root in INS_OIDS

    def require_root(self, place: str) -> str:
        """The root, where a document cannot do without.

        Raises:
            InvalidValue: the domain is only known by its HL7 v2 names.
        """
        if not self.root:
            raise InvalidValue(
                "the assigning domain has no OID: a document needs one", place=f"{place}.root"
            )
        return self.root

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A domain that nobody named, a length that receivers may cut, the look of a matricule."""
        found = []
        if not (self.root or self.authority or self.namespace):
            found.append(
                Finding(
                    rule="id.domain",
                    message="nothing says which domain gave this identifier",
                    place="root",
                    source="IHE PAM national extension France, CX.4 required",
                )
            )
        if len(self.extension) > _MAX_EXTENSION:
            found.append(
                Finding(
                    rule="id.length",
                    message="longer than 64 characters",
                    place="extension",
                    source="ANS CDA kit 3.0, StrucMin, data type II",
                )
            )
        if self.root not in _NATIONAL and is_like_matricule(self.extension):
            found.append(
                Finding(
                    rule="id.like-matricule",
                    message="has the shape and the key of a matricule: if it is one, it belongs "
                    "in an identity",
                    place="extension",
                    source="RNIV EXI SI 08",
                )
            )
        return tuple(found)
