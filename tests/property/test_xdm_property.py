"""Any bytes become an archive or an error; what is packed is read back; no matricule escapes."""

from __future__ import annotations

import dataclasses
import functools
import io
import tracemalloc
import zipfile
from typing import Any

from documents import HOSPITAL, IPP, KIT_1, NOW, everything, minimal, wrap
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from people import secrets, traits_only
from strategies import local_ids, model_texts, oids, timestamps, wrap_arguments
from zips import DEFLATED, STORED, Part, raw_zip

from segur_interop import xdm
from segur_interop.errors import ArchiveError, SegurError, UnsafeArchive
from segur_interop.findings import Severity
from segur_interop.model import Patient
from segur_interop.terminology import Masking
from segur_interop.xdm._ebrim_read import read_metadata
from segur_interop.xdm._hl7 import escape, parse_cx, unescape
from segur_interop.xdm._zip import Container, Limits

SENDING = xdm.Submission(unique_id="1.2.3.4.5", time=NOW)
LOT = "IHE_XDM/SUBSET01"


@functools.cache
def archive(compression: Any = "stored") -> bytes:
    entry = dataclasses.replace(
        xdm.document_entry(wrap()), unique_id="1.2.9", mime_type="application/pdf"
    )
    twin = xdm.Entry(b"%PDF-1.4", entry)
    return bytes(
        xdm.pack(
            [wrap(**everything()), twin],
            source=HOSPITAL,
            submission=SENDING,
            compression=compression,
        )
    )


def exhausted(octets: bytes) -> xdm.Archive | None:
    """Everything that can be asked of an archive; None when it is refused."""
    try:
        read = xdm.unpack(octets)
    except SegurError:
        return None
    assert bytes(read) == octets
    for document in read.documents:
        assert document.patient.findings is not None
    for entry in (*read.entries, *read.unlisted):
        assert entry.findings is not None
        assert entry.metadata.patient.identity.asserted
        try:
            assert entry.read() == b"".join(entry.chunks())
        except ArchiveError:
            continue
    assert all(item.message for item in read.findings)
    assert repr(read)
    return read


@given(st.binary(max_size=400))
def test_any_bytes_are_an_archive_or_an_error(octets: bytes):
    exhausted(octets)


edits = st.lists(
    st.tuples(st.integers(0, 1 << 20), st.binary(max_size=6), st.integers(0, 6)),
    min_size=1,
    max_size=4,
)


def edited(octets: bytes, changes: list[tuple[int, bytes, int]]) -> bytes:
    for at, new, length in changes:
        start = at % (len(octets) + 1)
        octets = octets[:start] + new + octets[start + length :]
    return octets


@settings(max_examples=300)
@given(st.sampled_from(["stored", "deflate"]), edits)
def test_a_mutated_archive_is_an_archive_or_an_error(compression, changes):
    exhausted(edited(archive(compression), changes))


@settings(max_examples=300)
@given(edits)
def test_mutated_metadata_are_read_or_an_error(changes):
    with zipfile.ZipFile(io.BytesIO(archive())) as octets:
        contents = {name: octets.read(name) for name in octets.namelist()}
    name = f"{LOT}/METADATA.XML"
    contents[name] = edited(contents[name], changes)
    read = exhausted(raw_zip([Part(key.encode(), value) for key, value in contents.items()]))
    assert read is not None
    assert len(read.documents) <= 1


names = st.sampled_from(
    ["A", "a", "A/", "B.XML", "IHE_XDM/SUBSET01/METADATA.XML", "../A", "/A", "A\\B", "é", ""]
) | st.text(max_size=8)


@st.composite
def liars(draw: st.DrawFn) -> bytes:
    """Archives whose structures say anything."""
    maybe = st.none() | st.integers(0, 40) | st.sampled_from([0xFFFFFFFF, 1 << 31, 0xFFFF])
    parts = [
        Part(
            draw(names).encode("utf-8", "replace"),
            draw(st.binary(max_size=20)),
            method=draw(st.sampled_from([STORED, DEFLATED, 12])),
            flags=draw(st.sampled_from([0, 0, 0, 1, 8, 0x800])),
            mode=draw(st.sampled_from([0o100644, 0, 0o120777])),
            size=draw(maybe),
            packed=draw(maybe),
            offset=draw(st.none() | st.integers(0, 60)),
            extra=draw(st.binary(max_size=12)),
            local_extra=draw(st.binary(max_size=12)),
            descriptor=draw(st.sampled_from([b"", b"\0" * 12, b"\0" * 16])),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    return raw_zip(
        parts,
        prefix=draw(st.sampled_from([b"", b"", b"MZ"])),
        comment=draw(st.binary(max_size=30)),
        trailing=draw(st.sampled_from([b"", b"\r\n"])),
        count=draw(st.none() | st.integers(0, 0xFFFF)),
        size=draw(st.none() | st.integers(0, 400)),
        start=draw(st.none() | st.integers(0, 400)),
    )


@settings(max_examples=300)
@given(liars())
def test_an_archive_that_lies_is_read_as_zipfile_does_or_refused(octets: bytes):
    exhausted(octets)
    try:
        members = {item.name: item.read() for item in Container(octets, Limits()).members}
    except (ArchiveError, UnsafeArchive):
        return
    with zipfile.ZipFile(io.BytesIO(octets)) as other:
        assert {name: other.read(name) for name in other.namelist()} == members


@given(st.dictionaries(
    st.from_regex(r"[A-Z]{1,8}(/[A-Z]{1,8})?\.[A-Z]{1,3}", fullmatch=True),
    st.binary(max_size=300), max_size=6),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))  # fmt: skip
def test_what_zipfile_writes_is_read(contents: dict[str, bytes], method: int):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as other:
        for name, octets in contents.items():
            other.writestr(name, octets)
    members = Container(stream.getvalue(), Limits()).members
    assert {item.name: item.read() for item in members} == contents


@given(st.integers(0, 40_000_000), st.integers(0, 5000))
def test_no_size_that_is_announced_costs_memory(size: int, told: int):
    bomb = Part(b"A", b"", method=DEFLATED, data=_zeros(size), size=told)
    tracemalloc.start()
    exhausted(raw_zip([bomb]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


@functools.lru_cache(maxsize=4)
def _zeros(size: int) -> bytes:
    import zlib

    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    pieces = [engine.compress(b"\0" * min(1 << 20, size - at)) for at in range(0, size, 1 << 20)]
    return b"".join(pieces) + engine.flush()


# -- texts --------------------------------------------------------------------------------------


@given(st.text())
def test_an_escaped_text_has_no_delimiter_and_comes_back(text: str):
    written = escape(text)
    assert unescape(written) == text.strip()
    assert not set(written) & set("|^&~")


@given(st.text(max_size=40))
def test_any_text_is_an_xcn_an_xon_and_a_cx_or_an_error(text: str):
    person, place = xdm.Xcn.parse(text), xdm.Xon.parse(text)
    assert xdm.Xcn.parse(person.hl7()) == person
    assert xdm.Xon.parse(place.hl7()) == place
    try:
        parse_cx(text)
    except SegurError:
        return


fields = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).map(str.strip)


PERSON = ("id", "family", "given", "further_given", "suffix", "prefix", "degree", "authority",
          "name_type", "id_type")  # fmt: skip


@given(st.fixed_dictionaries(dict.fromkeys(PERSON, fields)))
def test_an_xcn_comes_back(values: dict[str, str]):
    person = xdm.Xcn(**values)
    assert xdm.Xcn.parse(person.hl7()) == person


# -- documents ----------------------------------------------------------------------------------


READ_BACK = (
    "patient_id", "source_patient_id", "source_patient_info", "creation_time",
    "service_start_time", "service_stop_time", "confidentiality_codes", "event_codes", "title",
    "action", "authors", "legal_authenticator", "hash", "size", "unique_id", "class_code",
    "healthcare_facility_type_code", "practice_setting_code",
)  # fmt: skip


def refused(make: Any) -> tuple[Any, str]:
    """What a call gives, or the text of its refusal."""
    try:
        return make(), ""
    except SegurError as error:
        return None, str(error)


@settings(max_examples=60)
@given(wrap_arguments(), st.sets(st.sampled_from(Masking)), st.sampled_from(["stored", "deflate"]))
def test_what_is_packed_is_read_back(arguments, masks, compression):
    identity = arguments["patient"].identity
    document, _ = refused(lambda: wrap(**arguments))
    assume(document is not None)
    made, refusal = refused(
        lambda: xdm.pack(
            [document],
            source=HOSPITAL,
            submission=SENDING,
            masks=masks,
            compression=compression,
        )
    )
    assert not any(secret in refusal for secret in secrets(identity) if len(secret) > 6)
    if made is None:
        return
    octets = bytes(made)
    read = xdm.unpack(octets)
    assert [item for item in read.findings if item.severity is Severity.ERROR] == []
    (entry,), (own,) = read.entries, made.entries
    for name in READ_BACK:
        assert getattr(entry.metadata, name) == getattr(own.metadata, name), name
    assert entry.metadata.carries_ins == identity.may_transmit_ins
    if identity.matricule is not None and not identity.may_transmit_ins:
        metadata = zipfile.ZipFile(io.BytesIO(octets)).read(f"{LOT}/METADATA.XML")
        assert identity.matricule.value.encode() not in metadata
    with zipfile.ZipFile(io.BytesIO(octets)) as other:
        assert other.testzip() is None


@given(
    st.lists(model_texts(), min_size=1, max_size=40).map(" ".join),
    model_texts(),
)
def test_no_value_of_the_patient_exceeds_256_characters(given_names: str, name: str):
    bare = Patient(identity=traits_only(KIT_1), ids=(IPP,))
    identity = traits_only(KIT_1, birth_name=name, birth_given_names=given_names)
    document = dataclasses.replace(
        wrap(**minimal(patient=bare)), patient=dataclasses.replace(bare, identity=identity)
    )
    assert all(len(text) <= 256 for text in xdm.document_entry(document).source_patient_info)


entries = st.builds(
    dataclasses.replace,
    st.just(xdm.DocumentEntry()),
    unique_id=oids() | model_texts(),
    patient_id=st.none() | local_ids(),
    title=st.text(max_size=20),
    language_code=st.text(max_size=5),
    uri=st.text(max_size=10),
    mime_type=st.text(max_size=10),
    creation_time=st.none() | timestamps(),
    hash=st.text(max_size=3),
    source_patient_info=st.lists(st.text(max_size=30), max_size=3).map(tuple),
)


@given(entries, st.booleans())
def test_any_metadata_given_by_hand_are_packed_or_an_error(entry: xdm.DocumentEntry, whole: bool):
    if whole:
        base = xdm.document_entry(wrap())
        told = {
            name: getattr(entry, name)
            for name in ("title", "language_code", "uri", "mime_type", "source_patient_info")
        }
        entry = dataclasses.replace(base, **told)
    assert entry.patient.identity.asserted
    try:
        octets = bytes(xdm.pack([xdm.Entry(b"x", entry)], source=HOSPITAL))
    except SegurError:
        return
    assert len(xdm.unpack(octets).entries) == 1


@given(st.binary(max_size=300))
def test_any_bytes_are_metadata_or_an_error(octets: bytes):
    try:
        lot = read_metadata(octets, "METADATA.XML")
    except ArchiveError:
        return
    assert lot.entries == ()
