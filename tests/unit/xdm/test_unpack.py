"""Archives in: any layout that is safe is read, and what is odd is told."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import io
import pickle
import re
import zipfile
from pathlib import Path

import pytest
from documents import HOSPITAL, IPP, KIT_1, NOW, PATIENT, minimal, wrap
from people import BY_ID, traits_only
from zips import Part, raw_zip

from segur_interop import ins, xdm
from segur_interop.errors import ArchiveError, InvalidDocument, UnsafeArchive
from segur_interop.findings import Severity
from segur_interop.model import LocalId, Patient
from segur_interop.terminology import Masking

SENDING = xdm.Submission(unique_id="1.2.3.4.5", time=NOW)
LOT = "IHE_XDM/SUBSET01"
TWIN = b"%PDF-1.4 twin"


def letter() -> xdm.Archive:
    return xdm.pack([wrap()], source=HOSPITAL, submission=SENDING)


def files(archive: xdm.Archive) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bytes(archive))) as octets:
        return {name: octets.read(name) for name in octets.namelist()}


def zipped(contents: dict[str, bytes]) -> bytes:
    return raw_zip([Part(name.encode(), octets) for name, octets in contents.items()])


def changed(*replacements: tuple[str, str], **renames: str) -> xdm.Archive:
    """The letter's archive, read, with its METADATA.XML edited and its files renamed."""
    contents = files(letter())
    name = f"{LOT}/METADATA.XML"
    text = contents[name].decode()
    for pattern, new in replacements:
        text, count = re.subn(pattern, new, text, flags=re.DOTALL)
        assert count
    contents[name] = text.encode()
    return xdm.unpack(zipped({renames.get(key, key): value for key, value in contents.items()}))


def rules(archive: xdm.Archive, least: Severity = Severity.WARNING) -> list[str]:
    return [item.rule for item in archive.findings if item.severity >= least]


def hash_slot(value: str) -> tuple[str, str]:
    return (r'(name="hash">.*?<rim:Value>)[0-9A-F]{40}', rf"\g<1>{value}")


# -- round trip ---------------------------------------------------------------------------------


def test_what_was_packed_is_read_back():
    made = xdm.pack(
        [
            xdm.Entry.of(wrap(), masks={Masking.INVISIBLE_PATIENT}),
            xdm.Entry(
                TWIN,
                dataclasses.replace(
                    xdm.document_entry(wrap()), unique_id="1.2.9", mime_type="application/pdf"
                ),
            ),
        ],
        source=HOSPITAL,
        submission=SENDING,
    )
    archive = xdm.unpack(bytes(made))
    assert archive.findings == ()
    assert bytes(archive) == bytes(made)
    (lot,) = archive.submissions
    assert dataclasses.replace(lot, entry_uuid="") == made.submission
    for read, given in zip(archive.entries, made.entries, strict=True):
        received = dataclasses.replace(
            read.metadata, entry_uuid="", asserted=given.metadata.asserted, availability_status=""
        )
        assert received == given.metadata
        assert read.name == given.name
        assert read.read() == b"".join(given.chunks())
    (document,) = archive.documents
    assert document.patient.identity.matricule == PATIENT.identity.matricule
    assert archive.entries[1].document() is None


def test_a_path_is_read_without_holding_the_archive(tmp_path: Path):
    path = letter().save(tmp_path / "IHE_XDM.ZIP")
    for source in (path, str(path)):
        archive = xdm.unpack(source)
        assert archive.findings == ()
        assert bytes(archive) == path.read_bytes()
        assert len(archive.documents) == 1


def test_the_documents_are_read_when_asked_for_and_then_held(tmp_path: Path):
    path = letter().save(tmp_path / "IHE_XDM.ZIP")
    archive = xdm.unpack(path)
    (document,) = archive.documents
    path.unlink()
    assert archive.documents == (document,)
    assert bytes(document) == bytes(archive.documents[0])


def test_a_received_archive_finds_its_patient():
    (document,) = xdm.unpack(bytes(letter())).documents
    match = ins.preselect(document.patient.identity, [PATIENT.identity])
    assert match.candidate is PATIENT.identity


def test_an_entry_without_cda_finds_its_patient_by_its_metadata():
    entry = xdm.unpack(bytes(letter())).entries[0]
    match = ins.preselect(entry.metadata.patient.identity, [PATIENT.identity])
    assert match.candidate is PATIENT.identity


def test_a_received_archive_can_be_handed_on_as_it_came():
    archive = xdm.unpack(bytes(letter()))
    again = xdm.pack(archive.entries, source=HOSPITAL, forward=True)
    (entry,) = xdm.unpack(bytes(again)).entries
    told = archive.entries[0].metadata
    assert dataclasses.replace(entry.metadata, asserted=told.asserted) == told


# -- layouts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["IHE_XDM/SUBSET01", "IHE_XDM/SUBSET", "ihe_xdm/subset01",
                                    "IHE_XDM/ANY_NAME", "IHE_XDM/Lot n°1"])  # fmt: skip
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_any_lot_folder_in_any_case_is_read(folder: str, case):
    contents = files(letter())
    moved = {
        key.replace(LOT, folder) if key.startswith(LOT) else key: value
        for key, value in contents.items()
    }
    flagged = [Part(case(name).encode(), octets, flags=0x800) for name, octets in moved.items()]
    archive = xdm.unpack(raw_zip([part for part in flagged if not part.name.endswith(b"/")]))
    assert len(archive.documents) == 1
    assert rules(archive) == []


@pytest.mark.parametrize(
    "name",
    ["METADATA.XML", "SUBSET01/METADATA.XML", "mail/IHE_XDM/SUBSET01/METADATA.XML"],
)
def test_a_lot_that_is_not_in_its_place_is_read_and_told(name: str):
    contents = files(letter())
    folder = name.removesuffix("METADATA.XML")
    archive = xdm.unpack(
        zipped(
            {
                f"{folder}{key.removeprefix(f'{LOT}/')}": value
                for key, value in contents.items()
                if key.startswith(f"{LOT}/") and not key.endswith("/")
            }
        )
    )
    assert len(archive.documents) == 1
    assert "xdm.layout.folder" in rules(archive)


def test_a_forgotten_slash_between_folder_and_file_is_read_and_told():
    contents = files(letter())
    archive = xdm.unpack(
        zipped(
            {
                key.replace("SUBSET01/", "SUBSET01"): value
                for key, value in contents.items()
                if not key.endswith("/")
            }
        )
    )
    assert len(archive.documents) == 1
    assert rules(archive) == ["xdm.layout.folder"]


def test_several_lots_are_read_in_order():
    contents = files(letter())
    second = xdm.pack(
        [wrap()], source=HOSPITAL, submission=dataclasses.replace(SENDING, unique_id="1.2.3.4.6")
    )
    for key, value in files(second).items():
        contents.setdefault(key.replace("SUBSET01", "SUBSET02"), value)
    archive = xdm.unpack(zipped(dict(reversed(contents.items()))))
    assert [lot.unique_id for lot in archive.submissions] == ["1.2.3.4.5", "1.2.3.4.6"]
    assert [lot.folder for lot in archive.submissions] == ["SUBSET01", "SUBSET02"]
    assert archive.submission is archive.submissions[0]
    assert len(archive.documents) == 2
    assert rules(archive) == []


def test_a_pdf_twin_that_no_metadata_describe_is_reached():
    contents = files(letter()) | {f"{LOT}/DOC0001.PDF": TWIN}
    archive = xdm.unpack(zipped(contents))
    (twin,) = archive.unlisted
    assert (twin.name, twin.read(), twin.metadata.size) == (f"{LOT}/DOC0001.PDF", TWIN, len(TWIN))
    assert len(archive.documents) == 1


def test_what_a_file_system_left_is_told_and_set_aside():
    stray = {"__MACOSX/x": b"", f"{LOT}/.DS_Store": b"", "IHE_XDM/.svn/entries": b""}
    archive = xdm.unpack(zipped(files(letter()) | stray))
    assert archive.unlisted == ()
    assert [item.message for item in archive.findings] == ["3 hidden files of a file system"]


def test_octets_after_the_archive_are_told():
    archive = xdm.unpack(bytes(letter()) + b"\r\n")
    assert rules(archive) == ["xdm.zip.trailing"]
    assert len(archive.documents) == 1


def test_without_metadata_the_cda_documents_of_the_archive_are_still_given():
    contents = files(letter())
    del contents[f"{LOT}/METADATA.XML"]
    archive = xdm.unpack(zipped(contents))
    assert rules(archive, Severity.ERROR) == ["xdm.layout.metadata"]
    assert archive.submission is None
    assert archive.entries == ()
    assert len(archive.documents) == 1


@pytest.mark.parametrize(
    "octets",
    [b"", b"not xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a/>", b"\xff" * 50],
    ids=["empty", "text", "entities", "another", "noise"],
)
def test_metadata_that_cannot_be_read_are_told(octets: bytes):
    archive = xdm.unpack(zipped(files(letter()) | {f"{LOT}/METADATA.XML": octets}))
    assert rules(archive, Severity.ERROR)
    assert archive.entries == ()
    assert len(archive.documents) == 1


def test_an_archive_of_anything_else_is_an_empty_one():
    archive = xdm.unpack(zipped({"photo.jpg": b"\xff\xd8"}))
    assert archive.documents == ()
    assert [item.name for item in archive.unlisted] == ["photo.jpg"]
    assert rules(archive, Severity.ERROR) == ["xdm.layout.metadata"]


# -- hash, size, URI ----------------------------------------------------------------------------


def test_a_hash_in_lower_case_is_the_same_hash():
    contents = files(letter())
    name = f"{LOT}/METADATA.XML"
    contents[name] = re.sub(rb"[0-9A-F]{40}", lambda m: m[0].lower(), contents[name])
    assert rules(xdm.unpack(zipped(contents))) == []


@pytest.mark.parametrize(
    ("replacement", "rule", "severity"),
    [
        (hash_slot("0" * 40), "xdm.file.hash", Severity.ERROR),
        (hash_slot("xyz"), "xdm.file.hash", Severity.WARNING),
        ((r'<rim:Slot name="hash">.*?</rim:Slot>', ""), "xdm.file.hash", Severity.WARNING),
        ((r'(name="size">.*?<rim:Value>)\d+', r"\g<1>7"), "xdm.file.size", Severity.ERROR),
        ((r'<rim:Slot name="size">.*?</rim:Slot>', ""), "xdm.file.size", Severity.WARNING),
        ((r'<rim:Slot name="URI">.*?</rim:Slot>', ""), "xdm.file.uri", Severity.WARNING),
        (("DOC0001.XML", "doc0001.xml"), "xdm.file.uri", Severity.INFO),
        (("DOC0001.XML", "OTHER.XML"), "xdm.file.uri", Severity.WARNING),
        (("DOC0001.XML", r"..\\..\\DOC0001.XML"), "xdm.file.uri", Severity.WARNING),
        (("DOC0001.XML", f"{LOT}/DOC0001.XML"), "xdm.file.uri", Severity.WARNING),
        (("DOC0001.XML", "./DOC0001.XML"), "xdm.file.uri", Severity.WARNING),
    ],
)
def test_a_wrong_or_missing_hash_size_or_uri_is_a_finding(replacement, rule: str, severity):
    archive = changed(replacement)
    assert [item.severity for item in archive.findings if item.rule == rule] == [severity]
    assert len(archive.documents) == 1


def test_a_file_without_uri_nor_hash_is_not_guessed():
    slots = [(rf'<rim:Slot name="{name}">.*?</rim:Slot>', "") for name in ("URI", "hash")]
    archive = changed(*slots)
    assert archive.entries == ()
    assert "xdm.file.absent" in rules(archive, Severity.ERROR)
    assert len(archive.documents) == 1


def test_metadata_of_another_size_than_any_are_not_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.import_module("segur_interop.xdm.unpack"), "MAX_METADATA", 100)
    archive = xdm.unpack(bytes(letter()))
    assert "xdm.metadata.unreadable" in rules(archive, Severity.ERROR)


def test_a_file_that_is_not_there_is_told():
    archive = changed(("DOC0001.XML", "OTHER.XML"), hash_slot("0" * 40))
    assert archive.entries == ()
    assert rules(archive, Severity.ERROR)[:1] == ["xdm.file.absent"]


def test_a_damaged_document_is_told_and_left_out():
    octets = bytearray(bytes(letter()))
    at = bytes(octets).index(b"<ClinicalDocument")
    octets[at + 1] ^= 0x20
    archive = xdm.unpack(bytes(octets))
    assert "xdm.file.damaged" in rules(archive, Severity.ERROR)
    assert archive.documents == ()
    with pytest.raises(ArchiveError, match="damaged"):
        archive.entries[0].read()


def test_two_entries_for_one_file_are_told():
    contents = files(letter())
    name = f"{LOT}/METADATA.XML"
    text = contents[name].decode()
    (entry,) = re.findall(r"<rim:ExtrinsicObject.*?</rim:ExtrinsicObject>", text, re.DOTALL)
    contents[name] = text.replace(entry, entry + entry).encode()
    archive = xdm.unpack(zipped(contents))
    assert {"xdm.file.shared", "xdm.unique-id"} <= set(rules(archive))


# -- whose document -----------------------------------------------------------------------------


def test_metadata_of_another_patient_than_the_document_are_an_error():
    other = BY_ID["kit-2-test"]
    archive = changed((KIT_1.matricule, other.matricule))
    assert "xdm.patient.differs" in rules(archive, Severity.ERROR)
    (document,) = archive.documents
    assert "xdm.patient.differs" in [item.rule for item in document.findings]
    text = " ".join(str(item) for item in archive.findings)
    assert KIT_1.matricule not in text
    assert other.matricule not in text


@pytest.mark.parametrize(
    ("replacement", "trait"),
    [
        (("PID-5|PAT-TROIS^DOMINIQUE^".replace("|", r"\|").replace("^", r"\^"),
          "PID-5|MARTIN^DOMINIQUE^"), "birth name"),
        ((r"PID-7\|19790328", "PID-7|19790329"), "birth date"),
        ((r"PID-8\|F", "PID-8|M"), "sex"),
    ],
)  # fmt: skip
def test_metadata_of_other_traits_than_the_document_are_an_error(replacement, trait: str):
    found = [item for item in changed(replacement).findings if item.rule == "xdm.patient.differs"]
    assert [item.severity for item in found] == [Severity.ERROR]
    assert trait in found[0].message


def test_an_ins_on_one_side_only_is_a_warning():
    archive = changed((rf"{KIT_1.matricule}\^\^\^&amp;{KIT_1.oid}&amp;ISO\^NH",
                       f"IPP0001^^^&amp;{IPP.root}&amp;ISO^PI"))  # fmt: skip
    assert rules(archive) == ["xdm.patient.ins"]


def test_another_identifier_or_kind_than_the_document_is_a_warning():
    archive = changed((r'value="2\.25\.\d+"', 'value="1.2.3"'), ("11490-0", "34874-8"))
    assert {"xdm.unique-id", "xdm.type-code"} <= set(rules(archive))


PID_5 = r"<rim:Value>PID-5\|[^<]*\^L</rim:Value>"


def doubled(pattern: str, new: str) -> tuple[str, str]:
    return (f"({pattern})", rf"\g<1><rim:Value>{new}</rim:Value>")


@pytest.mark.parametrize(
    "change",
    [
        doubled(PID_5, "PID-5|PAT-QUATRE^X^X^^^^L"),
        doubled(r"<rim:Value>PID-7\|\d+</rim:Value>", "PID-7|19000101"),
        doubled(r"<rim:Value>PID-8\|F</rim:Value>", "PID-8|M"),
        doubled(PID_5, "PID-3|277076322082910^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH"),
    ],
    ids=["names", "dates", "sexes", "INS"],
)
def test_metadata_of_several_patients_preselect_none(change):
    entry = changed(change).entries[0]
    patient = entry.metadata.patient
    assert patient.identity.matricule is None
    assert patient.ids == ()
    assert not ins.preselect(patient.identity, [PATIENT.identity])
    errors = [item.rule for item in entry.findings if item.severity is Severity.ERROR]
    assert errors == ["xdm.patient.several"]
    with pytest.raises(ArchiveError, match="xdm.patient.several"):
        xdm.pack([entry], source=HOSPITAL, forward=True)


def test_two_patient_identifiers_of_one_entry_are_nobodys():
    contents = files(letter())
    name = f"{LOT}/METADATA.XML"
    text = contents[name].decode()
    ids = re.findall(r"<rim:ExternalIdentifier.*?</rim:ExternalIdentifier>", text, re.DOTALL)
    own = next(item for item in ids if "XDSDocumentEntry.patientId" in item)
    other = own.replace(KIT_1.matricule, BY_ID["kit-2-test"].matricule)
    archive = xdm.unpack(zipped(contents | {name: text.replace(own, own + other).encode()}))
    assert archive.entries[0].metadata.patient_id is None
    assert not ins.preselect(archive.entries[0].metadata.patient.identity, [PATIENT.identity])
    assert "xdm.metadata.values" in rules(archive, Severity.ERROR)


def test_a_document_of_several_patients_is_an_error_of_the_archive():
    octets = bytes(wrap())
    start, end = octets.index(b"<recordTarget"), octets.index(b"</recordTarget>") + 15
    twice = octets[:end] + octets[start:end] + octets[end:]
    archive = xdm.unpack(zipped(files(letter()) | {f"{LOT}/DOC0001.XML": twice}))
    assert "xdm.patient.several" in rules(archive, Severity.ERROR)
    (document,) = archive.documents
    with pytest.raises(ArchiveError, match=r"xdm\.patient\.ins"):
        xdm.pack([document], source=HOSPITAL, forward=True)


def test_a_lot_of_several_patients_is_an_error():
    first = "<rim:ExternalIdentifier"
    archive = changed(
        (rf"({first}[^>]*XDSSub|{first}[^>]*6b5aea1a[^>]*value=\"){KIT_1.matricule}",
         rf"\g<1>{BY_ID['kit-2-test'].matricule}"),
    )  # fmt: skip
    assert "xdm.patient.several" in rules(archive, Severity.ERROR)


def test_a_birth_date_with_dashes_is_read_and_told():
    identity = changed((r"PID-7\|19790328", "PID-7|1979-03-28")).entries[0].metadata.patient
    assert identity.identity.birth_date == KIT_1.born
    assert "xdm.patient.birth-date" in [item.rule for item in identity.findings]
    lunar = changed((r"PID-7\|19790328", "PID-7|1979-00-00")).entries[0].metadata.patient.identity
    assert (lunar.birth_date, lunar.received_birth_date) == (None, "1979-00-00")


def test_a_name_without_type_is_not_taken_for_the_birth_name():
    entry = xdm.DocumentEntry(source_patient_info=("PID-5|Doe&von^John^^^", "PID-8|m"))
    identity = entry.patient.identity
    assert (identity.birth_name, identity.used_name) == ("", "Doe")
    assert identity.sex is ins.Sex.M


def test_local_identifiers_come_from_every_place_once():
    item = LocalId(extension="7", root="1.2.3", type="PI")
    entry = xdm.DocumentEntry(
        patient_id=item,
        source_patient_id=item,
        source_patient_info=("PID-3|7^^^&1.2.3&ISO^PI", "PID-3|8^^^&1.2.3&ISO", "PID-3|^^^"),
    )
    assert [found.extension for found in entry.patient.ids] == ["7", "8"]


def test_a_patient_id_that_is_no_matricule_is_told():
    item = LocalId(extension="12", root=KIT_1.oid)
    identity = xdm.DocumentEntry(patient_id=item).patient.identity
    assert identity.matricule is None
    assert identity.status is ins.IdentityStatus.PROVISOIRE
    assert "ins.matricule.form" in [finding.rule for finding in identity.findings]


# -- safety -------------------------------------------------------------------------------------


def test_what_is_unsafe_is_refused_whole():
    contents = files(letter())
    for name in ("../evil.xml", "/evil.xml", "IHE_XDM\\SUBSET01\\DOC0001.XML", "readme.txt"):
        with pytest.raises(UnsafeArchive):
            xdm.unpack(zipped(contents | {name: b""}))


def test_the_caps_are_parameters():
    octets = bytes(letter())
    with pytest.raises(UnsafeArchive):
        xdm.unpack(octets, limits=xdm.Limits(entries=3))
    with pytest.raises(UnsafeArchive):
        xdm.unpack(octets, limits=xdm.Limits(entry_bytes=100))
    with pytest.raises(ArchiveError, match="larger than 10 bytes"):
        xdm.unpack(octets).entries[0].read(max_bytes=10)


def test_a_file_named_by_many_entries_is_read_once(monkeypatch: pytest.MonkeyPatch):
    unpack = importlib.import_module("segur_interop.xdm.unpack")
    contents = files(letter())
    name = f"{LOT}/METADATA.XML"
    text = contents[name].decode()
    (entry,) = re.findall(r"<rim:ExtrinsicObject.*?</rim:ExtrinsicObject>", text, re.DOTALL)
    nowhere = entry.replace("DOC0001.XML", "GONE.XML")
    contents[name] = text.replace(entry, entry * 20 + nowhere * 20).encode()
    read = []
    hashed = unpack._sha1
    monkeypatch.setattr(unpack, "_sha1", lambda member: read.append(member.name) or hashed(member))
    xdm.unpack(zipped(contents))
    assert read == [f"{LOT}/DOC0001.XML"]


def test_names_that_a_sender_chose_are_in_no_finding_and_no_repr():
    contents = files(letter())
    name = "IHE_XDM/DUPONT Jean/DUPONT_Jean.xml"
    moved = {
        name if key.endswith("DOC0001.XML") else key.replace(LOT, "IHE_XDM/DUPONT Jean"): value
        for key, value in contents.items()
        if not key.endswith("/")
    }
    metadata = "IHE_XDM/DUPONT Jean/METADATA.XML"
    moved[metadata] = moved[metadata].replace(b"DOC0001.XML", b"DUPONT_JEAN.XML")
    moved[metadata] = re.sub(rb">[0-9A-F]{40}<", b">" + b"0" * 40 + b"<", moved[metadata])
    archive = xdm.unpack(zipped(moved | {"DUPONT.PDF": TWIN}))
    assert len(archive.documents) == 1
    assert len(archive.findings) > 1
    texts = [repr(archive), archive._repr_html_(), repr(archive.entries), repr(archive.unlisted)]
    texts += [repr(archive.submissions), *(str(item) for item in archive.findings)]
    assert not any("dupont" in text.lower() for text in texts)
    assert archive.entries[0].name == name


NO_CDA = b"<other/>"
UNREADABLE = {
    "half": bytes(wrap())[:2000],
    "empty": b"",
    "text": b"not xml",
    "noise": b"\xff" * 50,
    "entities": b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + bytes(wrap()).split(b"?>", 1)[1],
    "NUL": bytes(wrap()).replace(b"<title>", b"<title>\0"),
    "latin-1": bytes(wrap()).decode().encode("latin-1"),
    "two": b"<all>" + bytes(wrap()).split(b"?>", 1)[1] * 2 + b"</all>",
}


@pytest.mark.parametrize("octets", [*UNREADABLE.values(), NO_CDA], ids=[*UNREADABLE, "another"])
def test_a_document_that_cannot_be_read_is_an_error_of_the_archive(octets: bytes):
    archive = xdm.unpack(zipped(files(letter()) | {f"{LOT}/DOC0001.XML": octets}))
    (found,) = [item for item in archive.findings if item.rule == "xdm.document.unreadable"]
    assert found.severity is Severity.ERROR
    assert found.place == f"{LOT}/DOC0001.XML"
    assert archive.documents == ()


@pytest.mark.parametrize("octets", UNREADABLE.values(), ids=UNREADABLE)
def test_an_entry_that_cannot_be_read_is_not_one_without_document(octets: bytes):
    archive = xdm.unpack(zipped(files(letter()) | {f"{LOT}/DOC0001.XML": octets}))
    with pytest.raises(InvalidDocument, match=r"^IHE_XDM/SUBSET01/DOC0001\.XML: (?!IHE)"):
        archive.entries[0].document()


def test_sound_xml_of_something_else_holds_no_document():
    archive = xdm.unpack(zipped(files(letter()) | {f"{LOT}/DOC0001.XML": NO_CDA}))
    assert archive.entries[0].document() is None


def test_the_signature_of_a_lot_is_no_lost_document():
    change = (
        'nodeRepresentation="urn:ihe:iti:xds-sd:[a-z]+:2008"',
        'nodeRepresentation="http://www.w3.org/2000/09/xmldsig#"',
    )
    contents = files(changed(change)) | {f"{LOT}/DOC0001.XML": NO_CDA}
    assert "xdm.document.unreadable" not in rules(xdm.unpack(zipped(contents)))


def test_a_document_that_no_metadata_describe_is_told_and_reached():
    other = bytes(wrap(**minimal(title="Autre")))
    archive = xdm.unpack(zipped(files(letter()) | {f"{LOT}/DOC0002.XML": other}))
    assert [item.title for item in archive.documents] == [minimal()["title"]]
    (found,) = [item for item in archive.findings if item.rule == "xdm.file.unlisted"]
    assert found.place == f"{LOT}/DOC0002.XML"
    assert archive.unlisted[0].document().title == "Autre"


def test_a_patient_replaced_in_memory_does_not_change_the_archive():
    bare = Patient(identity=traits_only(KIT_1), ids=(IPP,))
    document = wrap(**minimal(patient=bare))
    (read,) = xdm.unpack(bytes(xdm.pack([document], source=HOSPITAL))).documents
    other = dataclasses.replace(read, patient=PATIENT)
    assert not xdm.document_entry(other).patient_id.is_ins


def test_spaces_of_another_kind_in_a_name_are_no_other_name():
    patient = Patient(identity=traits_only(KIT_1, birth_name="DE\u00a0LA  TOUR"), ids=(IPP,))
    archive = xdm.unpack(bytes(xdm.pack([wrap(**minimal(patient=patient))], source=HOSPITAL)))
    assert rules(archive) == []


@pytest.mark.parametrize("from_path", [True, False])
def test_an_archive_that_was_read_can_be_pickled(tmp_path: Path, from_path: bool):
    path = letter().save(tmp_path / "a.zip")
    archive = xdm.unpack(path if from_path else path.read_bytes())
    for twin in (pickle.loads(pickle.dumps(archive)), copy.deepcopy(archive)):  # noqa: S301 (own)
        assert bytes(twin) == path.read_bytes()
        assert twin.findings == ()
        assert [bytes(item) for item in twin.documents] == [bytes(wrap_of(archive))]


def wrap_of(archive: xdm.Archive):
    (document,) = archive.documents
    return document


def empty_objects(count: int, kind: str = "ExtrinsicObject") -> bytes:
    space = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
    return f'<a xmlns="{space}">{f"<{kind}/>" * count}</a>'.encode()


@pytest.mark.parametrize(("kind", "most"), [("ExtrinsicObject", 10), ("Association", 40)])
def test_what_the_metadata_describe_is_bounded(kind: str, most: int):
    limits = xdm.Limits(entries=10)
    for count, expected in ((most, 0), (most + 1, 1)):
        octets = zipped(files(letter()) | {f"{LOT}/METADATA.XML": empty_objects(count, kind)})
        archive = xdm.unpack(octets, limits=limits)
        assert rules(archive, Severity.ERROR).count("xdm.metadata.unreadable") == expected


def test_what_all_metadata_describe_is_bounded_together():
    lots = {f"IHE_XDM/SUBSET{rank:02d}/METADATA.XML": empty_objects(4) for rank in range(4)}
    archive = xdm.unpack(zipped(lots), limits=xdm.Limits(entries=10))
    assert len(archive.submissions) == 2
    assert rules(archive).count("xdm.metadata.unreadable") == 2
