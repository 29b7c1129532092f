"""Do the parts of a received message speak of one patient, one document and one request?

(ANS guide "Transmission de documents CDA-R2 en HL7v2" 2.1.2, profils de messages; RNIV EXI SI 08.)
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from segur_interop.findings import Severity
from segur_interop.hl7._datatypes import Notes, component
from segur_interop.hl7._transport_values import READ_VERSIONS, OrderControl, Transport
from segur_interop.hl7.segments import Record
from segur_interop.ins import Identity, IdentityStatus, TraitVerdict, compare
from segur_interop.ins.traits import canonical, is_start_of_list
from segur_interop.model import LocalId, Patient
from segur_interop.terminology import Code

if TYPE_CHECKING:
    from segur_interop.cda import Document

__all__ = ["age_on", "judge", "known_ids"]

_GUIDE: Final = "ANS guide CDA in HL7 v2, 2.1.2"
_ADULT: Final = 18
_TRAITS: Final = ("birth_name", "birth_given_names", "birth_date", "sex", "birth_place")
_STRICT: Final = ("birth_name", "birth_date", "sex")
"""What no two descriptions of one person may differ in, even under one INS."""
_UNKNOWN_PLACE: Final = "birth_place (99999 on one side)"
_VERSIONS: Final = {"ORU": "2.5", "OUL": "2.5", "MDM": "2.6"}
_MOST: Final = {"ORU": 2, "OUL": 2, "MDM": 1}


def judge(
    made: Transport, codes: dict[int, Code | None], records: dict[str, Record], notes: Notes
) -> None:
    """Add a finding for each disagreement.

    Args:
        made: what was read, without its findings.
        codes: kind of document of each carrying OBX, by its rank.
        records: the segments that stand once.
        notes: gathers findings.
    """
    _envelope(made, records, notes)
    _kinds(made, codes, records, notes)
    for rank, document in enumerate(made.documents, 1):
        _patient(made.patient, document.patient, f"document[{rank}]", notes)
    _replacement(made, notes)
    if "TXA" in records:
        _header_of_document(made, records["TXA"], notes)
    _people(made, notes)
    _age(made, notes)


def _envelope(made: Transport, records: dict[str, Record], notes: Notes) -> None:
    if not made.profile:
        notes.add("transport.profile", "MSH-21 names no volet", "MSH-21", Severity.INFO, _GUIDE)
    elif made.version not in READ_VERSIONS:
        notes.add("transport.version", "a version of the volet that is not known", "MSH-21.1",
                  source=_GUIDE)  # fmt: skip
    message = made.message
    if message is not None and message.segment(0).leaves(12)[0].strip() != _VERSIONS[made.kind]:
        notes.add("transport.hl7-version", f"{made.kind} is HL7 {_VERSIONS[made.kind]}", "MSH-12",
                  Severity.INFO, _GUIDE)  # fmt: skip
    wanted = ("EVN", "PV1", "OBR", "TXA") if made.kind == "MDM" else ("PV1", "OBR")
    for name in wanted:
        if name not in records:
            notes.add("transport.segment", "a required segment is missing", name, source=_GUIDE)
    count = len(made.documents) + len(made.pdfs)
    if not count and not made.references:
        notes.add("transport.document", "no document that can be read", "OBX", Severity.ERROR,
                  _GUIDE)  # fmt: skip
    if count > _MOST[made.kind]:
        notes.add("transport.documents", f"more than {_MOST[made.kind]} documents in this kind of "
                  "message", "OBX", source=_GUIDE)  # fmt: skip


def _kinds(
    made: Transport, codes: dict[int, Code | None], records: dict[str, Record], notes: Notes
) -> None:
    """The kind of document is told up to four times."""
    told = {code.code for code in codes.values() if code is not None}
    if len(told) > 1:
        notes.add("transport.kinds", "two kinds of document in one message", "OBX-3",
                  source=_GUIDE)  # fmt: skip
    asked = component(records["OBR"]["service"], 1) if "OBR" in records else ""
    if asked and told and asked not in told:
        notes.add("transport.kind", "OBR-4 is not OBX-3 of the document", "OBR-4", source=_GUIDE)
    filed = component(records["TXA"]["document_type"], 1) if "TXA" in records else ""
    if filed and told and filed not in told:
        notes.add("transport.kind", "TXA-2 is not OBX-3 of the document", "TXA-2", source=_GUIDE)
    for rank, document in enumerate(made.documents, 1):
        if told and document.code is not None and document.code.code not in told:
            notes.add("transport.kind", "the document is of another kind than OBX-3",
                      f"document[{rank}]", source=_GUIDE)  # fmt: skip


def known_ids(patient: Patient) -> frozenset[tuple[str, str]]:
    """(OID, number) of every identifier in force, the matricule included."""
    own = {(item.root, item.extension) for item in patient.ids}
    matricule = patient.identity.matricule
    if matricule is not None:
        own.add((str(matricule.oid or ""), matricule.value))
    return frozenset(own)


def _patient(told: Patient, own: Patient, place: str, notes: Notes) -> None:
    """PID against the header of a document: the INS must be the same (PID-3 = patientRole/id)."""
    same_ins = _matricules(told.identity, own.identity, place, notes)
    differing = _differing(told.identity, own.identity)
    for name in differing:
        strict = name in _STRICT or not same_ins and name != _UNKNOWN_PLACE
        notes.add("transport.patient" if strict else "transport.trait",
                  f"the document gives another {name} than PID", place,
                  Severity.ERROR if strict else Severity.WARNING, _GUIDE)  # fmt: skip
    ids = _local_ids(told), _local_ids(own)
    shared = ids[0] & ids[1]
    if _contradict(*ids):
        # The INS decides (PID-3 = patientRole/id); after a merge the older number may remain.
        notes.add("transport.local-ids" if same_ins else "transport.patient",
                  "one authority gives another number in the document than in PID-3", place,
                  Severity.WARNING if same_ins else Severity.ERROR, _GUIDE)  # fmt: skip
    elif ids[0] != ids[1]:
        notes.add("transport.local-ids", "the local identifiers of PID-3 and of the document are "
                  "not the same", place, Severity.INFO, _GUIDE)  # fmt: skip
    if not (same_ins or shared or differing or _recognised(told.identity, own.identity)):
        notes.add("transport.patient", "no identifier and not enough traits in common: nothing "
                  "tells that the document is about the patient of PID", place, Severity.ERROR,
                  _GUIDE)  # fmt: skip


def _matricules(told: Identity, own: Identity, place: str, notes: Notes) -> bool:
    """True when both hold the same INS; a finding when they do not agree."""
    known, carried = told.matricule, own.matricule
    if known is None or carried is None:
        if known is not None:
            notes.add("transport.patient.ins", "only PID-3 holds the INS", place, Severity.ERROR,
                      _GUIDE)  # fmt: skip
        elif carried is not None:
            notes.add("transport.patient", "only the document holds an INS", place,
                      Severity.ERROR, _GUIDE)  # fmt: skip
        return False
    if (known.value, known.oid) == (carried.value, carried.oid):
        return True
    notes.add("transport.patient", "the document holds another INS than PID-3: do not file it "
              "before a person has looked", place, Severity.ERROR, _GUIDE)  # fmt: skip
    return False


def _differing(told: Identity, own: Identity) -> list[str]:
    """The traits that both tell, and otherwise than by typography."""
    compared = compare(told, own)
    found = [
        name for name in _TRAITS if getattr(compared, name).verdict is TraitVerdict.DIFFERENT
    ]  # fmt: skip
    if compared.birth_place.reason == "unknown-place" and "birth_place" in found:
        found[found.index("birth_place")] = _UNKNOWN_PLACE
    if "birth_given_names" not in found and not _same_first(told, own):
        found.append("first_birth_given_name")
    return found


def _same_first(told: Identity, own: Identity) -> bool:
    """False when the first given names differ: twins share all the rest.

    A first name of one or two words is the same when both begin one list; where one side tells
    a list and no first name, the first name of the other must begin it.
    """
    firsts = [each.first_birth_given_name for each in (told, own)]
    lists = [each.birth_given_names for each in (told, own) if each.birth_given_names]
    one, other = firsts
    if one and canonical(one) == canonical(other):
        return True
    if all(firsts) and not lists:
        return is_start_of_list(one, other) and is_start_of_list(other, one)
    return all(is_start_of_list(first, each) for first in firsts if first for each in lists)


def _recognised(told: Identity, own: Identity) -> bool:
    """True when names and birth date are told by both; that they agree was looked at."""
    compared = compare(told, own)
    given = all(each.first_birth_given_name or each.birth_given_names for each in (told, own))
    dated = compared.birth_date.verdict is TraitVerdict.IDENTICAL
    return given and dated and compared.birth_name.verdict is not TraitVerdict.ABSENT


def _local_ids(patient: Patient) -> frozenset[tuple[str, str]]:
    return frozenset(item for item in known_ids(patient) if not _is_ins(item, patient.identity))


def _contradict(told: frozenset[tuple[str, str]], own: frozenset[tuple[str, str]]) -> bool:
    """True when an authority that both name gives no number that both hold."""
    common = {root for root, _ in told & own}
    roots = [{root for root, number in ids if root and number} for ids in (told, own)]
    return bool((roots[0] & roots[1]) - common)


def _is_ins(item: tuple[str, str], identity: Identity) -> bool:
    return identity.matricule is not None and item[1] == identity.matricule.value


def _replacement(made: Transport, notes: Notes) -> None:
    replaces = made.control is OrderControl.REPLACEMENT
    if replaces and any(_parent(document) is None for document in made.documents):
        notes.add("transport.relation", "a replacement whose document names none "
                  "(relatedDocument RPLC)", "document", source=_GUIDE)  # fmt: skip
    if replaces and made.replaced is None:
        notes.add("transport.replaced", "nothing tells which document is replaced",
                  "TXA-13" if made.kind == "MDM" else "document", Severity.ERROR,
                  _GUIDE)  # fmt: skip
    if made.actions.modif_conf_code and made.control is OrderControl.INITIAL:
        notes.add("transport.modif", "MODIF_CONF_CODE concerns a document already sent", "OBX",
                  source=_GUIDE)  # fmt: skip


def _parent(document: Document) -> LocalId | None:
    relation = document.relation
    return relation.id if relation is not None and relation.kind == "RPLC" else None


def _header_of_document(made: Transport, record: Record, notes: Notes) -> None:
    """TXA against the document."""
    if component(record["completion"], 1).upper() != "AU":
        notes.add("transport.completion", "the completion is AU", "TXA-17", source=_GUIDE)
    if made.control is OrderControl.REPLACEMENT and "parent_document" not in record:
        notes.add("transport.parent", "required in a replacement", "TXA-13", source=_GUIDE)
    for document in made.documents[:1]:
        # Which document is to be deleted must not be in doubt.
        deletes = made.control is OrderControl.DELETION
        _same_id(made.document_id, document.id, deletes=deletes, notes=notes)
        if made.message is not None and "parent_document" in record:
            _told_parent(made, record, document, notes)


def _told_parent(made: Transport, record: Record, document: Document, notes: Notes) -> None:
    parent = _parent(document)
    told, root = component(record["parent_document"], 1), component(record["parent_document"], 3)
    if parent is None or not told or (told, root) in _written(parent):
        return
    notes.add("transport.replaced", "TXA-13 names another document than the one that the document "
              "replaces", "TXA-13", Severity.ERROR, _GUIDE)  # fmt: skip


def _written(own: LocalId) -> tuple[tuple[str, str], ...]:
    """Components 1 and 3 of an EI that is this identifier, as senders write it."""
    if not own.extension:
        return (own.root, ""), (own.root, own.root)
    return (own.extension, own.root), (own.extension, ""), (f"{own.root}.{own.extension}", "")


def _same_id(told: LocalId | None, own: LocalId | None, *, deletes: bool, notes: Notes) -> None:
    if told is None or own is None:
        return
    if (told.root, told.extension) != (own.root, own.extension):
        deletes = deletes and (told.extension or told.root, "") not in _written(own)
        notes.add("transport.document-id", "not the identifier in the document", "TXA-12",
                  Severity.ERROR if deletes else Severity.WARNING, _GUIDE)  # fmt: skip


def _people(made: Transport, notes: Notes) -> None:
    """PRT against the destinations, and the citizen's mailbox against PID-3."""
    actions = made.actions
    if actions.destdmp and made.sender is None:
        notes.add("transport.sender", "feeding the DMP needs who sends it (PRT SB)", "PRT",
                  source=_GUIDE)  # fmt: skip
    if actions.destdmp and made.patient.identity.status is not IdentityStatus.QUALIFIEE:
        notes.add("transport.dmp-ins", "the DMP needs a qualified INS", "PID-3", source=_GUIDE)
    own = made.patient.identity.matricule
    number = own.value if own is not None else ""
    for given in made.recipients:
        address = given.address.patient_matricule if given.address is not None else ""
        named = given.matricule.value if given.matricule is not None else ""
        if {address, named} - {"", number}:
            notes.add("transport.recipient", "the mailbox of a citizen who is not the patient",
                      "PRT-15", Severity.ERROR, _GUIDE)  # fmt: skip
        if given.address is not None and not given.address.is_mssante:
            notes.add("transport.mailbox", "not under mssante.fr: the white list of MSSanté must "
                      "hold its domain", "PRT-15", source=_GUIDE)  # fmt: skip
    if made.version.startswith("1"):
        return  # the mailboxes of 1.x are in the document
    to_patient = [given.is_patient for given in made.recipients]
    for asked, present, name in (
        (actions.destmssanteps, not all(to_patient), "DESTMSSANTEPS"),
        (actions.destmssantepat, any(to_patient), "DESTMSSANTEPAT"),
    ):
        if asked is not None and asked is not present and "LPS" not in made.profile:
            notes.add("transport.recipients", f"{name} and the recipients (PRT RCT) do not agree",
                      "PRT", source=_GUIDE)  # fmt: skip


def age_on(identity: Identity, day: date | None) -> int | None:
    """Full years on that day, None when either date is not known."""
    born = identity.birth_date
    if born is None or day is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _age(made: Transport, notes: Notes) -> None:
    hidden = made.actions.invisible_rep_legaux or made.actions.connexion_secrete
    time = made.header.time
    age = age_on(made.patient.identity, time.to_date() if time and time.day else None)
    if hidden and age is not None and age >= _ADULT:
        notes.add("transport.minor", "hiding from legal representatives concerns a minor", "OBX",
                  source="SEL-MP-037 EX_2.1-1050")  # fmt: skip
