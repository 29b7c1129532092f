"""Archives out: layout, names, octets, and everything that keeps one from being written."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import shutil
import subprocess
import time
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from documents import (
    DEVICE,
    HOSPITAL,
    IPP,
    KIT_1,
    NOW,
    PATIENT,
    PHARMACY,
    S,
    everything,
    jdv,
    minimal,
    qualified,
    wrap,
)
from lxml import etree
from people import BY_ID, received, traits_only

from segur_interop import cda, xdm
from segur_interop.errors import (
    ArchiveError,
    IdentityNotQualified,
    InvalidDocument,
    InvalidValue,
    SegurError,
)
from segur_interop.model import LocalId, Organization, Patient
from segur_interop.terminology import Code, Masking

SENDING = xdm.Submission(unique_id="1.2.3.4.5", time=NOW)
RIM = {"r": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"}
LOT = "IHE_XDM/SUBSET01"


def packed(*documents, **options) -> xdm.Archive:
    options = {"source": HOSPITAL, "submission": SENDING} | options
    return xdm.pack(documents or [wrap()], **options)


def zipped(archive: xdm.Archive) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(bytes(archive)))


def metadata(archive: xdm.Archive) -> etree._Element:
    return etree.fromstring(zipped(archive).read(f"{LOT}/METADATA.XML"))


def slot(parent: etree._Element, name: str) -> list[str]:
    return [str(x) for x in parent.xpath(f"r:Slot[@name='{name}']//r:Value/text()", namespaces=RIM)]


def sha1(octets: bytes) -> str:
    return hashlib.sha1(octets, usedforsecurity=False).hexdigest().upper()


def pdf(**changes) -> xdm.Entry:
    """A PDF twin of a letter, described by hand."""
    entry = xdm.document_entry(wrap())
    changes = {"unique_id": "1.2.3.99", "mime_type": "application/pdf"} | changes
    return xdm.Entry(b"%PDF-1.4", dataclasses.replace(entry, **changes))


# -- layout -------------------------------------------------------------------------------------


def test_the_layout_is_that_of_the_official_archives():
    with zipped(packed()) as archive:
        assert archive.namelist() == [
            "INDEX.HTM",
            "README.TXT",
            "IHE_XDM/",
            "IHE_XDM/SUBSET01/",
            "IHE_XDM/SUBSET01/DOC0001.XML",
            "IHE_XDM/SUBSET01/METADATA.XML",
        ]
        for info in archive.infolist():
            assert info.flag_bits == 0
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert (info.external_attr >> 16) & 0o777 == (0o755 if info.is_dir() else 0o644)
        assert archive.testzip() is None


def test_the_document_is_in_it_octet_for_octet_with_its_hash_and_size():
    document = wrap()
    archive = packed(document)
    octets = zipped(archive).read(f"{LOT}/DOC0001.XML")
    assert octets == bytes(document)
    (entry,) = metadata(archive).iterfind(".//r:ExtrinsicObject", RIM)
    assert slot(entry, "hash") == [sha1(octets)]
    assert slot(entry, "size") == [str(len(octets))]
    assert slot(entry, "URI") == ["DOC0001.XML"]


def test_several_documents_and_files_are_named_in_order_by_their_kind():
    documents = [wrap() for _ in range(10)]
    archive = packed(*documents, pdf(), pdf(unique_id="1.2.3.98", mime_type="chemical/x-pdb"))
    assert [entry.metadata.uri for entry in archive.entries] == [
        *(f"DOC{rank:04d}.XML" for rank in range(1, 11)),
        "DOC0011.PDF",
        "DOC0012.BIN",
    ]
    links = metadata(archive).findall(".//r:Association", RIM)
    assert len(links) == 12
    assert archive.documents == tuple(documents)


def test_a_name_given_is_kept_if_it_is_8_3_and_free():
    assert packed(wrap(), pdf(uri="DOC0001.PDF")).entries[1].name == f"{LOT}/DOC0001.PDF"
    for uri in ("doc0001.pdf", "A/B.PDF", "LONGERNAME.PDF", "A.HTML", "..", "A B.PDF", "É.PDF"):
        with pytest.raises(ArchiveError, match=r"8\.3"):
            packed(pdf(uri=uri))
    for uri in ("METADATA.XML", "DOC0001.XML"):
        with pytest.raises(ArchiveError, match="twice"):
            packed(wrap(), pdf(uri=uri))


def test_the_same_input_and_submission_give_the_same_octets():
    document = wrap()
    one, other = packed(document, compression="deflate"), packed(document, compression="deflate")
    assert bytes(one) == bytes(one) == bytes(other)
    _ = other.entries
    assert bytes(one) == bytes(other)
    assert bytes(one) != bytes(packed(document))
    other_lot = dataclasses.replace(SENDING, unique_id="1.2.3.4.6")
    assert bytes(one) != bytes(packed(document, submission=other_lot))


def test_stored_and_deflated_hold_the_same_files():
    document = wrap()
    stored, deflated = packed(document), packed(document, compression="deflate")
    assert len(bytes(deflated)) < len(bytes(stored))
    with zipped(stored) as one, zipped(deflated) as other:
        assert {name: one.read(name) for name in one.namelist()} == {
            name: other.read(name) for name in other.namelist()
        }
        assert {info.compress_type for info in one.infolist()} == {zipfile.ZIP_STORED}


def test_another_compression_is_an_invalid_value():
    with pytest.raises(InvalidValue, match="'stored' or 'deflate'"):
        packed(compression="lzma")


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
@pytest.mark.parametrize("compression", ["stored", "deflate"])
def test_unzip_finds_nothing_to_say(tmp_path: Path, compression: str):
    path = packed(compression=compression).save(tmp_path / "IHE_XDM.ZIP")
    run = subprocess.run(["unzip", "-tqq", path], capture_output=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")


# -- the metadata -------------------------------------------------------------------------------


def test_every_object_refers_to_its_parent_and_no_id_comes_twice():
    root = metadata(packed(wrap(**everything()), pdf()))
    ids = [str(text) for text in root.xpath("//@id")]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", x) for x in ids)
    for link in ("classifiedObject", "registryObject"):
        found = root.xpath(f"//*[@{link}]")
        assert found
        assert all(item.get(link) == item.getparent().get("id") for item in found)
    (lot,) = root.iterfind(".//r:RegistryPackage", RIM)
    for association in root.iterfind(".//r:Association", RIM):
        assert association.get("sourceObject") == lot.get("id")
        assert association.get("associationType").endswith(":AssociationType:HasMember")
        assert association.get("objectType").endswith(":RegistryObject:Association")
        assert slot(association, "SubmissionSetStatus") == ["Original"]
    targets = {item.get("targetObject") for item in root.iterfind(".//r:Association", RIM)}
    assert targets == {item.get("id") for item in root.iterfind(".//r:ExtrinsicObject", RIM)}


def test_the_children_of_an_object_are_in_the_order_of_the_schema():
    order = ["Slot", "Name", "Description", "Classification", "ExternalIdentifier"]
    root = metadata(packed(wrap(**everything())))
    for parent in root.iter("{*}RegistryPackage", "{*}ExtrinsicObject", "{*}Classification"):
        names = [etree.QName(child).localname for child in parent]
        assert names == sorted(names, key=order.index)


def test_the_lot_says_who_sends_what_from_where():
    lot = packed().submission
    assert (lot.unique_id, lot.source_id) == ("1.2.3.4.5", "1.2.250.1.71.4.2.2.1750803447")
    assert lot.submission_time.utc() == "20260301090000"
    assert lot.patient_id == LocalId(extension=KIT_1.matricule, root=KIT_1.oid, type="NH")
    assert [author.person.family for author in lot.authors] == ["LEGRIS"]
    assert lot.title == "Lettre de liaison à la sortie"


def test_each_part_of_a_submission_can_be_given():
    sending = xdm.Submission(
        unique_id="1.2.3",
        time="20260102030405+0100",
        source_id="1.2.9",
        senders=(DEVICE,),
        content_type=jdv("J59", "26"),
        title="Envoi",
        comments="Deux pièces",
    )
    lot = packed(submission=sending).submission
    assert (lot.source_id, lot.title, lot.comments) == ("1.2.9", "Envoi", "Deux pièces")
    assert lot.submission_time.utc() == "20260102020405"
    assert [author.person.hl7()[-2:] for author in lot.authors] == ["RI"]
    assert lot.content_type_code.code == "26"


def test_a_lot_has_a_new_oid_and_the_time_of_its_making():
    one, other = (xdm.pack([wrap()], source=HOSPITAL).submission for _ in range(2))
    assert one.unique_id != other.unique_id
    assert re.fullmatch(r"2\.25\.[1-9][0-9]{30,38}", one.unique_id)
    assert abs(one.submission_time.to_datetime().timestamp() - time.time()) < 60


@pytest.mark.parametrize("wrong", ["20260102", "2026010203"])
def test_a_submission_time_needs_a_zone(wrong: str):
    with pytest.raises(InvalidValue, match="zone"):
        packed(submission=xdm.Submission(time=wrong))


@pytest.mark.parametrize(
    ("setting", "changes", "code", "system"),
    [
        (S.HOSPITAL, {}, "03", "1.2.250.1.213.2.2"),
        (S.PHARMACY, {"type": cda.DocumentType.BILAN_MEDICATION}, "SA33", "1.2.250.1.71.4.2.4"),
        (S.OFFICE, {"type": cda.DocumentType.PRESCRIPTION_PRODUITS}, "SA07", "1.2.250.1.71.4.2.4"),
    ],
)
def test_the_content_type_is_a_code_of_the_dmp(setting, changes, code, system):
    lot = packed(wrap(**minimal(setting, **changes))).submission
    assert (lot.content_type_code.code, lot.content_type_code.system) == (code, system)


@pytest.mark.parametrize(
    ("encounter", "code"),
    [("IMP", "03"), ("EMER", "07"), ("EXTERNE", "07"), ("AMB", "07"), ("SEANCE", "19"),
     ("VR", "97")],
)  # fmt: skip
def test_the_content_type_of_a_hospital_follows_the_encounter(encounter: str, code: str):
    document = wrap()
    stay = dataclasses.replace(document.encounter, code=jdv("J142", encounter))
    lot = packed(dataclasses.replace(document, encounter=stay)).submission
    assert lot.content_type_code.code == code


def test_no_oid_is_made_of_a_corsican_finess_nor_of_a_leading_zero():
    corsican = Organization.from_finess("2A0000014", name="Clinique")
    for source in (corsican, Organization(idnat="012345678901", name="Cabinet")):
        with pytest.raises(InvalidValue, match="explicit OID") as caught:
            packed(source=source)
        assert caught.value.place == "submission.source_id"
    told = dataclasses.replace(corsican, oid="1.2.3.4.567.8.9.10")
    assert packed(source=told).submission.source_id == "1.2.3.4.567.8.9.10"
    for wrong in ("1.2.3.", "1.2.250.1.71.4.2.2.12A0000014"):
        with pytest.raises(InvalidValue):
            packed(submission=xdm.Submission(source_id=wrong))
        with pytest.raises(InvalidValue):
            packed(submission=xdm.Submission(unique_id=wrong))


def test_masks_are_one_classification_each_after_the_base_code():
    archive = packed(masks={Masking.MASQUE_PS, Masking.INVISIBLE_REPRESENTANTS_LEGAUX})
    codes = metadata(archive).xpath(
        "//r:Classification[@classificationScheme="
        "'urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f']/@nodeRepresentation",
        namespaces=RIM,
    )
    assert codes == ["N", "INVISIBLE_REPRESENTANTS_LEGAUX", "MASQUE_PS"]


def test_masks_and_actions_of_one_document_among_several():
    masked = xdm.Entry.of(wrap(), masks={Masking.INVISIBLE_PATIENT}, action="D")
    archive = packed(wrap(), masked, masks={Masking.MASQUE_PS})
    first, second = (entry.metadata for entry in archive.entries)
    assert first.masks == {Masking.MASQUE_PS}
    assert second.masks == {Masking.INVISIBLE_PATIENT}
    one, other = metadata(archive).iterfind(".//r:ExtrinsicObject", RIM)
    assert slot(one, "urn:action:extraMetadataSlot") == []
    assert slot(other, "urn:action:extraMetadataSlot") == ["D"]


def test_reference_ids_are_written():
    number = LocalId(extension="a1", root="1.2.9", type="urn:ihe:iti:xds:2013:accession")
    entry = dataclasses.replace(xdm.document_entry(wrap()), reference_ids=(number,))
    (written,) = metadata(packed(xdm.Entry(wrap(), entry))).iterfind(".//r:ExtrinsicObject", RIM)
    assert slot(written, "urn:ihe:iti:xds:2013:referenceIdList") == [
        "a1^^^&1.2.9&ISO^urn:ihe:iti:xds:2013:accession"
    ]


@pytest.mark.parametrize("text", ['<a href="&">\'', "deux\nlignes\tet\rtrois", "œuvre 𝔄"])
def test_any_text_comes_back_from_the_xml(text: str):
    entry = dataclasses.replace(xdm.document_entry(wrap()), title=text, comments=text)
    entry = dataclasses.replace(entry, mime_type=text, entry_uuid=text)
    (written,) = metadata(packed(xdm.Entry(wrap(), entry))).iterfind(".//r:ExtrinsicObject", RIM)
    assert (written.get("mimeType"), written.get("id")) == (text, text)
    assert written.xpath("r:Name/*/@value", namespaces=RIM) == [text]
    assert written.xpath("r:Description/*/@value", namespaces=RIM) == [text]


@pytest.mark.parametrize("text", ["\0", "a\x0bb", "\ud800", "\uffff"])
def test_a_character_that_xml_cannot_hold_is_refused(text: str):
    for name in ("title", "language_code", "comments", "mime_type", "entry_uuid"):
        entry = dataclasses.replace(xdm.document_entry(wrap()), **{name: text})
        with pytest.raises(ArchiveError, match="XML cannot hold"):
            packed(xdm.Entry(wrap(), entry))


@pytest.mark.parametrize(
    ("name", "most", "value"),
    [
        ("title", 1024, "t" * 1024),
        ("comments", 1024, "t" * 1024),
        ("language_code", 256, "t" * 256),
        ("source_patient_info", 256, ("t" * 256,)),
    ],
)
def test_a_value_is_as_long_as_the_schema_admits(name: str, most: int, value):
    entry = xdm.document_entry(wrap())
    packed(xdm.Entry(wrap(), dataclasses.replace(entry, **{name: value})))
    longer = (*value[:-1], value[-1] + "t") if isinstance(value, tuple) else value + "t"
    with pytest.raises(ArchiveError, match=f"longer than {most}"):
        packed(xdm.Entry(wrap(), dataclasses.replace(entry, **{name: longer})))


# -- what is refused ----------------------------------------------------------------------------


def test_nothing_to_pack_is_an_error():
    with pytest.raises(ArchiveError, match="no document"):
        xdm.pack([], source=HOSPITAL)


@pytest.mark.parametrize(
    "name",
    [
        "patient_id", "source_patient_id", "authors", "legal_authenticator", "class_code",
        "type_code", "format_code", "confidentiality_codes", "healthcare_facility_type_code",
        "practice_setting_code", "creation_time", "service_start_time", "language_code", "title",
        "unique_id", "mime_type",
    ],
)  # fmt: skip
def test_each_required_attribute_is_asked_for(name: str):
    entry = xdm.document_entry(wrap())
    empty = type(getattr(entry, name))() if isinstance(getattr(entry, name), (str, tuple)) else None
    with pytest.raises(ArchiveError) as caught:
        packed(xdm.Entry(wrap(), dataclasses.replace(entry, **{name: empty})))
    places = {item.place for item in caught.value.report.errors if item.rule == "xdm.required"}
    assert places == {f"documents[0].{name}"}


def test_all_that_is_missing_is_told_at_once():
    with pytest.raises(ArchiveError) as caught:
        packed(xdm.Entry(b"", xdm.DocumentEntry()))
    assert len(caught.value.report.errors) == 16


def test_an_author_must_be_somebody():
    entry = dataclasses.replace(
        xdm.document_entry(wrap()), authors=(xdm.Author(institutions=(xdm.Xon(name="A"),)),)
    )
    with pytest.raises(ArchiveError, match=r"authors\.person"):
        packed(xdm.Entry(wrap(), entry))


def test_two_masks_that_leave_nobody_are_refused():
    with pytest.raises(ArchiveError, match="hidden from professionals and from the patient"):
        packed(masks={Masking.MASQUE_PS, Masking.INVISIBLE_PATIENT})


@pytest.mark.parametrize(
    "codes",
    [
        [Code(code="L", system="2.16.840.1.113883.5.25")],
        [Code(code="N", system="2.16.840.1.113883.5.25")] * 2,
        [Code(code="INVISIBLE_REP_LEGAUX", system="1.2.250.1.213.1.1.4.13")],
    ],
    ids=["not-of-j08", "twice", "spelling-of-hl7-v2"],
)
def test_a_confidentiality_that_is_not_of_the_table_is_refused(codes: list[Code]):
    entry = dataclasses.replace(xdm.document_entry(wrap()), confidentiality_codes=tuple(codes))
    with pytest.raises(ArchiveError, match=r"xdm\.confidentiality"):
        packed(xdm.Entry(wrap(), entry))


def test_one_archive_is_about_one_patient():
    other = Patient(identity=qualified(), ids=(dataclasses.replace(IPP, extension="IPP0002"),))
    packed(wrap(), wrap(**minimal(patient=other)))
    bare = Patient(identity=traits_only(KIT_1), ids=(IPP,))
    someone = Patient(identity=traits_only(BY_ID["kit-2"]), ids=other.ids)
    for first, second in ((PATIENT, bare), (bare, someone)):
        with pytest.raises(ArchiveError, match="one patient"):
            packed(wrap(**minimal(patient=first)), wrap(**minimal(patient=second)))


def test_the_same_document_twice_is_refused():
    document = wrap()
    with pytest.raises(ArchiveError, match="the same document twice"):
        packed(document, document)


def test_a_domain_without_oid_names_no_patient():
    item = LocalId(extension="1", namespace="HOP", type="PI")
    with pytest.raises(ArchiveError, match="no OID names the domain"):
        packed(pdf(patient_id=item, source_patient_id=item, asserted=False))


def test_a_unique_id_is_an_oid_or_a_uuid():
    packed(wrap(**minimal(id=LocalId(root="f81d4fae-7dec-11d0-a765-00a0c91e6bf6"))))
    with pytest.raises(ArchiveError, match=r"xdm\.unique-id"):
        packed(pdf(unique_id="1.02.3"))


# -- whose matricule ----------------------------------------------------------------------------


def test_an_ins_that_only_a_sender_asserts_is_not_sent_on_without_being_asked():
    document = cda.read(bytes(wrap()))
    with pytest.raises(IdentityNotQualified, match="forward=True") as caught:
        packed(document)
    assert {item.place for item in caught.value.report.errors} == {"asserted"}
    assert KIT_1.matricule not in str(caught.value)
    assert packed(document, forward=True).submission.patient_id.is_ins


def test_an_identity_adopted_here_sends_the_document_on():
    document = cda.read(bytes(wrap()))
    adopted = dataclasses.replace(document, patient=PATIENT)
    assert packed(adopted).submission.patient_id.extension == KIT_1.matricule


def test_an_identity_adopted_for_another_patient_is_refused():
    document = cda.read(bytes(wrap()))
    other = dataclasses.replace(document, patient=Patient(identity=received(BY_ID["kit-2"])))
    for forward in (False, True):
        with pytest.raises(InvalidDocument, match="another matricule"):
            packed(other, forward=forward)


@pytest.mark.parametrize("place", ["patient_id", "source_patient_id", "authors", "PID-3"])
def test_metadata_given_by_hand_pass_the_same_gate(place: str):
    ins = LocalId(extension=KIT_1.matricule, root=KIT_1.oid, type="NH")
    bare = Patient(identity=traits_only(KIT_1), ids=(IPP,))
    entry = xdm.document_entry(wrap(**minimal(patient=bare)))
    person = xdm.Xcn(id=KIT_1.matricule, family="A", authority=KIT_1.oid, id_type="NH")
    changes = {
        "authors": {"authors": (xdm.Author(person=person),)},
        "PID-3": {"source_patient_info": (f"PID-3|{KIT_1.matricule}^^^&{KIT_1.oid}&ISO^NH",)},
    }.get(place, {place: ins})
    entry = dataclasses.replace(entry, asserted=True, **changes)
    with pytest.raises(IdentityNotQualified):
        packed(xdm.Entry(b"%PDF-1.4", entry))
    packed(xdm.Entry(b"%PDF-1.4", entry), forward=True)


def test_an_identity_that_may_not_transmit_leaves_no_matricule_in_the_archive():
    bare = Patient(identity=traits_only(KIT_1), ids=(IPP,))
    octets = bytes(packed(wrap(**minimal(patient=bare))))
    assert KIT_1.matricule.encode() not in octets
    assert KIT_1.matricule.encode() in bytes(packed())


# -- streams ------------------------------------------------------------------------------------


class Counted:
    """A file that counts how often it is opened."""

    def __init__(self, *contents: bytes) -> None:
        self.contents = list(contents)
        self.opened = 0

    def __call__(self) -> io.BytesIO:
        octets = self.contents[min(self.opened, len(self.contents) - 1)]
        self.opened += 1
        return io.BytesIO(octets)


def test_nothing_is_read_before_the_archive_is_written(tmp_path: Path):
    source = Counted(b"%PDF-1.4 content")
    metadata = pdf(size=16).metadata
    archive = packed(xdm.Entry(source, metadata))
    assert source.opened == 0
    archive.save(tmp_path / "a.zip")
    assert source.opened == 1
    assert archive.entries[0].metadata.hash == sha1(b"%PDF-1.4 content")
    assert source.opened == 1


@pytest.mark.parametrize("kind", ["bytes", "path", "text", "opener"])
def test_every_kind_of_content_gives_the_same_archive(tmp_path: Path, kind: str):
    path = tmp_path / "twin.pdf"
    path.write_bytes(b"%PDF-1.4")
    content = {
        "bytes": b"%PDF-1.4",
        "path": path,
        "text": str(path),
        "opener": lambda: path.open("rb"),
    }[kind]
    entry = xdm.Entry(content, pdf().metadata)
    assert bytes(packed(entry)) == bytes(packed(pdf()))
    assert entry.read() == b"%PDF-1.4"
    document = xdm.Entry.of(wrap())
    with document.open() as stream:
        assert stream.read() == document.read() == bytes(document.document())


def test_a_file_that_changes_between_two_readings_is_refused():
    archive = packed(xdm.Entry(Counted(b"one", b"two"), pdf(size=3).metadata))
    _ = archive.entries
    with pytest.raises(ArchiveError, match="not the octets"):
        bytes(archive)


@pytest.mark.parametrize("changes", [{"hash": "0" * 40}, {"size": 7}])
def test_a_file_that_is_not_what_its_metadata_announce_is_refused(tmp_path: Path, changes):
    archive = packed(pdf(**changes))
    with pytest.raises(ArchiveError, match="not the octets"):
        archive.save(tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_save_leaves_nothing_and_keeps_what_was_there(tmp_path: Path):
    path = packed().save(tmp_path / "IHE_XDM.ZIP")
    before = path.read_bytes()

    def broken():
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        packed(xdm.Entry(broken, pdf(size=1).metadata)).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_an_os_error(tmp_path: Path):
    archive = packed(xdm.Entry(tmp_path / "absent.pdf", pdf().metadata))
    with pytest.raises(FileNotFoundError):
        bytes(archive)


# -- discretion ---------------------------------------------------------------------------------


def test_nothing_personal_is_in_reprs_messages_or_names():
    archive = packed(wrap(**everything()))
    with zipped(archive) as octets:
        outside = octets.read("INDEX.HTM") + octets.read("README.TXT")
        names = octets.namelist()
    texts = [repr(archive), archive._repr_html_(), repr(archive.entries), repr(archive.submission)]
    texts += [*names, outside.decode(), *(str(item) for item in archive.findings)]
    for secret in (KIT_1.matricule, "PAT-TROIS", "DOMINIQUE", "IPP0001", "LEGRIS"):
        assert not any(secret in text for text in texts)


def test_every_refusal_is_discreet():
    entry = xdm.document_entry(wrap())
    bad = dataclasses.replace(
        entry, title="PAT-TROIS" * 200, asserted=True, unique_id="279035121518989"
    )
    for forward in (True, False):
        with pytest.raises(SegurError) as caught:
            packed(xdm.Entry(wrap(), bad), forward=forward)
        for secret in (KIT_1.matricule, "PAT-TROIS", "DOMINIQUE", "IPP0001"):
            assert secret not in str(caught.value)


def test_the_index_shows_the_day_that_the_document_shows():
    night = datetime(2021, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    archive = packed(wrap(**minimal(created=night)), pdf())
    page = zipped(archive).read("INDEX.HTM").decode()
    assert re.findall(r"<td>(\d\d/\d\d/\d{4})</td>", page) == ["01/01/2021", "01/03/2026"]


def test_the_source_of_the_archive_may_be_a_pharmacy():
    archive = packed(source=PHARMACY)
    assert b"Pharmacie de la Gare (1750000034)" in zipped(archive).read("README.TXT")
