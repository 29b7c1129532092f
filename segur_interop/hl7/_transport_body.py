"""The OBX of a message: the documents they carry, the flags, the PRT and NTE that follow each."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from segur_interop._oid import LOINC, TYPE_DOC_COMPLEMENTAIRE
from segur_interop.errors import InvalidDocument
from segur_interop.findings import Severity
from segur_interop.hl7._actions import FLAGS, MAILS, Actions, FlagRow
from segur_interop.hl7._carried import CarriedPdf, kind_of, payload_of, text_of, unescaped
from segur_interop.hl7._datatypes import Notes, Repetition, component, cut
from segur_interop.hl7._participations import Participation, participation_from
from segur_interop.hl7._transport_values import Mail
from segur_interop.hl7.er7 import Segment
from segur_interop.hl7.segments import read
from segur_interop.model import Telecom
from segur_interop.terminology import Code, value_set

if TYPE_CHECKING:
    from segur_interop.cda import Document

__all__ = ["Body", "folded"]

MAX_CARRIED: Final = 10
"""Documents read from one message; the guide has two at most."""
MAX_PEOPLE: Final = 200
_GUIDE: Final = "ANS guide CDA in HL7 v2, 2.1.2"
_SYSTEMS: Final = {"LN": str(LOINC), "TRE_A05": str(TYPE_DOC_COMPLEMENTAIRE)}
_LPS: Final = "LPS"
_LONGEST: Final = 10_000
"""Characters of a coded field that are looked at."""
_STATUS: Final = re.compile(r"[A-Z]{1,2}")


def folded(code: str) -> str:
    """A code without accents, case and outer blanks: senders vary in all three."""
    if code.isascii():
        return code[:100].strip().upper()
    plain = unicodedata.normalize("NFKD", code[:100]).encode("ascii", "ignore").decode("ascii")
    return plain.strip().upper()


_BY_CODE: Final = {
    code: row for row in (*FLAGS, *MAILS) for code in (row.code, *row.former)
}  # fmt: skip
_MAIL_NAMES: Final = frozenset(row.name for row in MAILS)
_YES_NO: Final = ("expandedYes-NoIndicator", "HL70136")
_YES_OR_NO: Final = {"Y": True, "N": False}
_WITHDRAWN: Final = frozenset(("W", "X"))
"""OBX-11 (HL7 table 0085) of a value that is wrong, or could not be had."""
_SUBMISSION: Final = "COMP_LOT"


class Body:
    """The OBX of a message, with the PRT and NTE that follow each."""

    def __init__(self, segments: Iterable[Segment], profile: tuple[str, str]) -> None:
        self.notes = Notes()
        self._lps = _LPS in profile[1]
        self._yes_no = _YES_NO[:2] if profile[0] == "2.0" else _YES_NO[:1]
        self.documents: list[Document] = []
        self.pdfs: list[CarriedPdf] = []
        self.references: list[str] = []
        self.codes: dict[int, Code | None] = {}
        self.statuses: dict[int, str] = {}
        self.sender: Participation | None = None
        self.recipients: list[Participation] = []
        self.reply_to: Telecom | None = None
        self.mail: Mail | None = None
        self._flags: dict[str, bool | None] = {}
        self._mails: dict[str, Any] = {}
        self._order: list[str] = []
        self._no_reply = False
        self._last = ""
        self._rank = self._people = 0
        for segment in segments:
            if segment.id == "OBX":
                self._rank += 1
                self._observation(segment, f"OBX[{self._rank}]")
            elif segment.id == "PRT":
                self._people += 1
                if self._people <= MAX_PEOPLE:
                    self._participation(segment)
            elif segment.id == "NTE" and self._last == "destmssantepat":
                self._note(segment)
        if self._people > MAX_PEOPLE:
            message = f"more than {MAX_PEOPLE}: the others are not read"
            self.notes.add("transport.people", message, "PRT", Severity.ERROR)

    def _observation(self, segment: Segment, place: str) -> None:
        name = _field(segment, 3)
        code = folded(component(name, 1))
        row = _BY_CODE.get(code)
        self._last = row.name if row else ""
        if row is not None:
            self._order.append(row.code)
            if row.name in _MAIL_NAMES:
                self._mails[row.name] = self._text(segment, place)
            else:
                self._flag(segment, name, row, place)
            return
        if code == _SUBMISSION:
            self.notes.add("transport.comp-lot", "a document of the submission set: it stays in "
                           "the message", place, Severity.INFO)  # fmt: skip
            return
        kind = segment.leaves(2)[0].strip().upper()
        if self._is_mail(segment, kind):
            self.mail = Mail(
                message_id=component(name, 1), subject=component(name, 2),
                body=self._text(segment, place),
            )  # fmt: skip
        elif kind in ("ED", "RP") or (not kind and len(segment.slice(5, 5)) > 0):
            self._carried(segment, name, kind, place)
        else:
            self.notes.add("transport.observation", "an observation that is not read: it stays in "
                           "the message", place, Severity.INFO)  # fmt: skip

    def _is_mail(self, segment: Segment, kind: str) -> bool:
        """The mail itself, in the second OBX of a message to an LPS: a text without subtype."""
        if not self._lps or kind != "ED" or self.mail is not None:
            return False
        return bool(self.codes) and not len(segment.slice(5, 3))

    def _carried(self, segment: Segment, name: Repetition, kind: str, place: str) -> None:
        if len(self.codes) >= MAX_CARRIED:
            self.notes.add("transport.documents", f"more than {MAX_CARRIED} documents: the others "
                           "are not read", place, Severity.ERROR)  # fmt: skip
            return
        code = _code(name, place, self.notes)
        told = dict.fromkeys(map(folded, _told(segment, 11)))
        status = next(iter(told), "") if len(told) < 2 else "?"
        self.codes[self._rank], self.statuses[self._rank] = code, status
        if kind == "RP" and self._pointer(segment):
            return
        payload = payload_of(segment, place, self.notes)
        if payload is None:
            return
        found = kind_of(payload.octets)
        if found == "pdf":
            self.pdfs.append(
                CarriedPdf(
                    octets=payload.octets,
                    code=code,
                    status=status if _STATUS.fullmatch(status) else "",
                    value_type=kind or "ED",
                    literal=payload.literal,
                )
            )
        elif found == "xml":
            self._document(payload.octets, place)
        else:
            self.notes.add("transport.content", "neither a CDA nor a PDF", f"{place}-5",
                           Severity.ERROR, _GUIDE)  # fmt: skip
        self._literal(payload.literal, found, place)

    def _pointer(self, segment: Segment) -> bool:
        """Keep what an RP points at, unless it holds the data itself."""
        text = segment.syntax.unescaped(segment[5][1][1].raw).strip()
        plain = len(text) < 2000 and not text.startswith(("JVBERi0", "PD94", "PENs"))
        if not plain or len(segment.slice(5, 5)):
            return False
        self.references.append(text)
        self.notes.add("transport.pointer", "a pointer to a document: nothing is fetched",
                       f"OBX[{self._rank}]-5")  # fmt: skip
        return True

    def _document(self, octets: bytes, place: str) -> None:
        from segur_interop.cda import read as read_cda

        try:
            self.documents.append(read_cda(octets))
        except InvalidDocument:
            self.notes.add("transport.cda", "XML that is no readable CDA", f"{place}-5",
                           Severity.ERROR, _GUIDE)  # fmt: skip

    def _literal(self, literal: str, found: str, place: str) -> None:
        """The octets decide; labels that say otherwise are told."""
        wanted = {"xml": "TEXT^XML^BASE64", "pdf": "APPLICATION^PDF^BASE64"}.get(found)
        if wanted and literal.upper() != wanted:
            self.notes.add("transport.literal", f"announced as {literal or 'nothing'}, found "
                           f"{found.upper()}", f"{place}-5.2", Severity.INFO, _GUIDE)  # fmt: skip

    def _text(self, segment: Segment, place: str) -> str:
        own = Notes()
        if segment.get("2").strip().upper() != "ED":
            first = bytes(segment.slice(5, 1))
            return unescaped(first, segment, f"{place}-5", self.notes).strip()
        payload = payload_of(segment, place, own)
        for finding in own.found:  # a text that is lost is no reason to refuse the document
            milder = min(finding.severity, Severity.WARNING)
            self.notes.found.append(
                dataclasses.replace(finding, severity=milder, rule=f"{finding.rule}.mail")
            )
        return "" if payload is None else text_of(payload.octets)

    def _flag(self, segment: Segment, code: Repetition, row: FlagRow, place: str) -> None:
        told, name = _field(segment, 5), row.name
        value = self._yes_or_no(segment, place)
        if name in self._flags and self._flags[name] is not value:
            self.notes.add("transport.flag-twice", "told twice, and otherwise: neither is read",
                           place, Severity.ERROR, _GUIDE)  # fmt: skip
            value = None
        self._flags[name] = value
        if component(code, 3).upper() != "METADMPMSS":
            self.notes.add("transport.coding-system", "the code is not said to be of MetaDMPMSS",
                           f"{place}-3.3", Severity.INFO, _GUIDE)  # fmt: skip
        if component(told, 3) not in self._yes_no:
            self.notes.add("transport.yes-no", "the value is not said to be of "
                           "expandedYes-NoIndicator", f"{place}-5.3", Severity.INFO,
                           _GUIDE)  # fmt: skip

    def _yes_or_no(self, segment: Segment, place: str) -> bool | None:
        """What all that OBX-5 tells agrees upon; None when it does not, or is withdrawn."""
        if any(folded(status) in _WITHDRAWN for status in _told(segment, 11)):
            self.notes.add("transport.flag-status", "the sender withdraws it: it is not read",
                           f"{place}-11", Severity.ERROR, "HL7 table 0085")  # fmt: skip
            return None
        values = {_YES_OR_NO.get(folded(text)) for text in _told(segment, 5)}
        if len(values) > 1:
            self.notes.add("transport.flag-twice", "told several times, and otherwise: not read",
                           f"{place}-5", Severity.ERROR, _GUIDE)  # fmt: skip
            return None
        value = values.pop() if values else None
        if value is None:
            self.notes.add("transport.flag", "neither Y nor N", f"{place}-5", source=_GUIDE)
        return value

    def _participation(self, segment: Segment) -> None:
        role, given = participation_from(read(segment, self.notes), self.notes)
        if given is None:
            return
        if role == "RCT":
            if given not in self.recipients:
                self.recipients.append(given)
        elif role == "SB":
            if self.sender not in (None, given):
                self.notes.add("transport.senders", "several senders: the first is read", "PRT")
            self.sender = self.sender or given
        else:
            self.reply_to = self.reply_to or given.address

    def _note(self, segment: Segment) -> None:
        told = {folded(segment.get(number)) for number in ("3", "4", "4.2")}
        self._no_reply = self._no_reply or "FIN" in told

    def values(self) -> dict[str, Any]:
        """The fields of the Transport that are read here."""
        return {
            "documents": tuple(self.documents), "pdfs": tuple(self.pdfs),
            "references": tuple(self.references), "sender": self.sender,
            "recipients": tuple(self.recipients), "reply_to": self.reply_to, "mail": self.mail,
        }  # fmt: skip

    def actions(self, notes: Notes) -> Actions:
        """The flags, None for those that are not told."""
        flags: dict[str, Any] = {row.name: self._flags.get(row.name) for row in FLAGS}
        wanted = [row.code for row in (*FLAGS, *MAILS)]
        ranks = [wanted.index(code) for code in self._order]
        if ranks != sorted(ranks):
            notes.add("transport.order", "the metadata are not in the order of the guide",
                           "OBX", Severity.INFO, _GUIDE)  # fmt: skip
        if self._lps:  # the guide of the LPS has no destination: nothing is asked to be sent
            for name in ("connexion_secrete", "destdmp", "destmssanteps", "destmssantepat",
                         "ack_reception", "ack_lecture_mss"):  # fmt: skip
                flags[name] = flags[name] or False
        missing = [row.code for row in FLAGS if flags[row.name] is None]
        if missing:
            notes.add("transport.metadata", "not told: " + ", ".join(missing), "OBX",
                           source=_GUIDE)  # fmt: skip
        return Actions(no_patient_reply=self._no_reply, **flags, **self._mails)


def _field(segment: Segment, number: int) -> Repetition:
    """The first repetition of a field."""
    syntax = segment.syntax
    return cut(segment.text(number)[:_LONGEST].partition(syntax.repetition)[0], syntax)


def _told(segment: Segment, number: int) -> list[str]:
    """The first components of every repetition, subcomponents apart, empty ones left out.

    A field too long to be looked at ends with "?".
    """
    syntax, text = segment.syntax, segment.text(number)
    if syntax.repetition not in text and len(text) <= _LONGEST:
        firsts = [text.partition(syntax.component)[0]]
    else:
        found = text[:_LONGEST].split(syntax.repetition)
        firsts = [each.partition(syntax.component)[0] for each in found]
    inner = syntax.subcomponent
    if inner and inner in text:
        firsts = [part for first in firsts for part in first.split(inner)]
    told = [each for first in firsts if (each := syntax.unescaped(first).strip())]
    return [*told, "?"] if len(text) > _LONGEST else told


def _code(told: Repetition, place: str, notes: Notes) -> Code | None:
    """The kind of document of OBX-3, under the OID of its system."""
    code, label = component(told, 1), component(told, 2)
    if not code:
        notes.add("transport.code", "no kind of document", f"{place}-3", source=_GUIDE)
        return None
    name = component(told, 3)
    if not name:
        notes.add("transport.coding-system", "the kind of document has no coding system",
                  f"{place}-3.3", Severity.INFO, _GUIDE)  # fmt: skip
    system = _SYSTEMS.get(name.upper().replace("-", "_"), "")
    found = value_set("J07").candidates(code, system or None)
    if not found:
        notes.add("transport.code", "a kind of document that JDV_J07 does not hold",
                  f"{place}-3", source=_GUIDE)  # fmt: skip
        return Code(code=code, system=system, label=label)
    return found[0]
