"""Hostile and odd zip archives: judged before anything is decompressed, the same for everyone."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from zips import DEFLATED, STORED, Part, deflated, raw_zip, zip64_end

from segur_interop.errors import ArchiveError, UnsafeArchive
from segur_interop.xdm._zip import Container, Limits

DOC = b"IHE_XDM/SUBSET01/DOC0001.XML"


def opened(octets: bytes, **limits: int) -> Container:
    return Container(octets, Limits(**limits))


def contents(octets: bytes) -> dict[str, bytes]:
    return {member.name: member.read() for member in opened(octets).members}


def parts() -> list[Part]:
    return [
        Part(b"README.TXT", b"read me"),
        Part(b"IHE_XDM/", mode=0o040755),
        Part(DOC, b"<ClinicalDocument/>" * 100, method=DEFLATED),
    ]


def test_a_plain_archive_is_read_as_zipfile_reads_it():
    octets = raw_zip(parts())
    with zipfile.ZipFile(io.BytesIO(octets)) as other:
        assert contents(octets) == {name: other.read(name) for name in other.namelist()}


def test_a_path_and_its_octets_are_read_alike(tmp_path: Path):
    octets = raw_zip(parts())
    path = tmp_path / "a.zip"
    path.write_bytes(octets)
    for source in (path, str(path)):
        container = Container(source, Limits())
        assert {member.name: member.read() for member in container.members} == contents(octets)


def test_a_member_is_a_stream_that_may_be_left_half_read(tmp_path: Path):
    path = tmp_path / "a.zip"
    path.write_bytes(raw_zip(parts()))
    member = Container(path, Limits()).members[2]
    with member.open() as stream:
        assert stream.read(17) == b"<ClinicalDocument"
    with member.open() as stream:
        assert stream.read() == b"<ClinicalDocument/>" * 100


@pytest.mark.parametrize(
    "descriptor",
    [
        b"",
        struct.pack("<LLL", 1, 2, 3),
        b"PK\7\x08" + struct.pack("<LLL", 1, 2, 3),
        b"PK\7\x08" + struct.pack("<LQQ", 1, 2, 3),
    ],
    ids=["none", "without-mark", "with-mark", "zip64"],
)
@pytest.mark.parametrize("method", [STORED, DEFLATED])
def test_a_data_descriptor_is_accepted(descriptor: bytes, method: int):
    part = Part(DOC, b"abc" * 50, method=method, flags=8, descriptor=descriptor)
    assert contents(raw_zip([part, Part(b"B", b"b")])) == {DOC.decode(): b"abc" * 50, "B": b"b"}


def test_zip64_records_are_read(tmp_path: Path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("A", "w", force_zip64=True) as member:
        member.write(b"abc")
    assert contents(path.read_bytes()) == {"A": b"abc"}


def test_a_zip64_end_is_read_and_must_agree():
    part = Part(b"A", b"abc")
    plain = raw_zip([part])
    start, directory = len(part.local()), len(part.record(0))
    end = plain[start + directory :]
    full = struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0
    )  # fmt: skip
    before = plain[: start + directory]
    for ending in (full, end):
        assert contents(before + zip64_end(directory, start, 1) + ending) == {"A": b"abc"}
    for lie in (
        {"count": 2},
        {"size": directory + 1},
        {"start": start - 1},
        {"at": 0},
        {"length": 45},
        {"count": 1 << 63},
        {"at": 1 << 63},
    ):
        with pytest.raises(ArchiveError):
            opened(before + zip64_end(directory, start, 1, **lie) + full)
    with pytest.raises(UnsafeArchive, match="differ"):
        opened(before + zip64_end(directory, start, 1, count=2) + end)


def test_a_zip64_field_is_missing_short_or_given_twice():
    full = 0xFFFFFFFF
    field = struct.pack("<2HQ", 1, 8, 3)
    with pytest.raises(ArchiveError, match="missing"):
        opened(raw_zip([Part(b"A", b"abc", size=full)]))
    with pytest.raises(ArchiveError, match="too short"):
        opened(raw_zip([Part(b"A", b"abc", size=full, packed=full, extra=field)]))
    with pytest.raises(UnsafeArchive, match="twice"):
        opened(raw_zip([Part(b"A", b"abc", extra=field + field)]))
    with pytest.raises(ArchiveError, match="overruns"):
        opened(raw_zip([Part(b"A", b"abc", extra=struct.pack("<2H", 1, 80))]))


# -- sizes --------------------------------------------------------------------------------------


def test_a_bomb_by_ratio_is_refused_before_it_is_decompressed():
    bomb = Part(DOC, b"", method=DEFLATED, data=deflated(b"\0" * 50_000_000), size=50_000_000)
    octets = raw_zip([bomb])
    tracemalloc.start()
    with pytest.raises(UnsafeArchive, match="compressed more than 200 times"):
        opened(octets)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_the_ratio_is_not_asked_of_a_small_file():
    assert contents(raw_zip([Part(b"A", b"\0" * 900_000, method=DEFLATED)]))


def test_a_bomb_that_announces_little_stops_at_what_it_announces():
    data = deflated(b"\0" * 50_000_000)
    member = opened(raw_zip([Part(DOC, method=DEFLATED, data=data, size=1000)])).members[0]
    tracemalloc.start()
    with pytest.raises(ArchiveError, match="more octets than the archive announces"):
        member.read()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"entry_bytes": 1899}, "an entry of more than 1899 bytes"),
        ({"total_bytes": 1906}, "more than 1906 bytes in all"),
        ({"entries": 2}, "more than 2 entries"),
        ({"total_bytes": 100}, "larger than 100 bytes"),
    ],
)
def test_each_cap_refuses_and_one_more_octet_is_accepted(limits: dict[str, int], message: str):
    octets = raw_zip(parts())
    with pytest.raises(UnsafeArchive, match=message):
        opened(octets, **limits)
    ((name, value),) = limits.items()
    if value > 100:
        opened(octets, **{name: value + 1})


def test_a_nested_archive_is_a_file_like_another():
    inner = raw_zip([Part(b"A", b"\0" * 1000)])
    assert contents(raw_zip([Part(b"INNER.ZIP", inner)])) == {"INNER.ZIP": inner}


def test_a_million_entries_cost_no_memory():
    record = Part(b"A").record(0)
    directory = record * 1_000_000
    end = struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0
    )  # fmt: skip
    octets = directory + zip64_end(len(directory), 0, 1_000_000) + end
    few = directory + zip64_end(len(directory), 0, 3) + end
    tracemalloc.start()
    with pytest.raises(UnsafeArchive, match="more than 10000 entries"):
        opened(octets)
    with pytest.raises(UnsafeArchive, match="too large for its entries"):
        opened(few)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize(("count", "message"), [(2, "more entries"), (4, "fewer entries")])
def test_the_number_of_entries_is_the_one_announced(count: int, message: str):
    with pytest.raises(UnsafeArchive, match=message):
        opened(raw_zip(parts(), count=count))


@pytest.mark.parametrize(
    "part",
    [
        Part(b"A", b"abc", size=4),
        Part(b"A", b"abc", packed=2),
        Part(b"A", b"abc", local_size=4),
        Part(b"A", b"abc", local_name=b"B"),
        Part(b"A/", b"abc"),
    ],
    ids=["stored-size", "stored-packed", "local-size", "local-name", "folder-with-content"],
)
def test_an_entry_that_contradicts_itself_is_refused(part: Part):
    with pytest.raises(UnsafeArchive):
        opened(raw_zip([part]))


# -- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        b"/etc/passwd",
        b"../DOC0001.XML",
        b"IHE_XDM/../../DOC0001.XML",
        b"IHE_XDM/./DOC0001.XML",
        b"IHE_XDM//DOC0001.XML",
        b"IHE_XDM\\SUBSET01\\DOC0001.XML",
        b"C:/DOC0001.XML",
        b"C:DOC0001.XML",
        b"DOC0001.XML:stream",
        b"DOC0001.XML\0.PDF",
        b"DOC\n0001.XML",
        b"DOC\x7f.XML",
        b"",
        b"/",
        b"..",
    ],
    ids=range(15),
)
def test_a_name_that_leaves_the_archive_or_deceives_is_refused(name: bytes):
    with pytest.raises(UnsafeArchive):
        opened(raw_zip([Part(name, b"")]))


def test_a_name_said_to_be_utf8_must_be():
    with pytest.raises(UnsafeArchive, match="UTF-8"):
        opened(raw_zip([Part(b"\xe9.XML", flags=0x800)]))
    assert list(contents(raw_zip([Part("é.XML".encode(), flags=0x800)]))) == ["é.XML"]
    assert list(contents(raw_zip([Part(b"\x82.XML")]))) == ["é.XML"]


def test_a_second_name_in_an_extra_field_must_be_the_same():
    def named(name: bytes) -> bytes:
        field = struct.pack("<2HBL", 0x7075, 5 + len(name), 1, 0) + name
        return raw_zip([Part(b"A", extra=field)])

    assert list(contents(named(b"A"))) == ["A"]
    with pytest.raises(UnsafeArchive, match="two names"):
        opened(named(b"B"))


@pytest.mark.parametrize(
    ("one", "other"),
    [(b"A", b"A"), (b"DOC.XML", b"doc.xml"), (b"A/", b"A"), (b"A/", b"a/")],
    ids=["equal", "case", "folder-and-file", "folders"],
)
def test_a_name_that_comes_twice_is_refused(one: bytes, other: bytes):
    with pytest.raises(UnsafeArchive, match="twice"):
        opened(raw_zip([Part(one), Part(other)]))


def test_names_that_only_compatibility_forms_tell_apart_are_one():
    letters = ("\N{FULLWIDTH LATIN CAPITAL LETTER A}", "A")
    with pytest.raises(UnsafeArchive, match="twice"):
        opened(raw_zip([Part(letter.encode(), flags=0x800) for letter in letters]))


@pytest.mark.parametrize("kind", [0o120777, 0o010644, 0o020644, 0o060644, 0o140755])
def test_a_link_a_pipe_or_a_device_is_refused(kind: int):
    with pytest.raises(UnsafeArchive, match="neither a file nor a folder"):
        opened(raw_zip([Part(b"A", b"/etc/passwd", mode=kind)]))


# -- structure ----------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [0x1, 0x41, 0x2000])
def test_an_encrypted_entry_is_refused(flags: int):
    with pytest.raises(UnsafeArchive, match="encrypted"):
        opened(raw_zip([Part(b"A", b"abc", flags=flags)]))


@pytest.mark.parametrize("method", [1, 9, 12, 14, 93, 99])
def test_another_compression_is_refused(method: int):
    with pytest.raises(UnsafeArchive, match="compression"):
        opened(raw_zip([Part(b"A", b"abc", method=method, data=b"abc")]))


def test_entries_that_share_octets_are_refused():
    whole = Part(b"A", b"\0" * 1000)
    for overlapping in (
        [whole, Part(b"B", b"\0" * 10, offset=0)],
        [whole, Part(b"B", b"\0" * 10, offset=1)],
    ):
        with pytest.raises(ArchiveError):
            opened(raw_zip(overlapping))


def test_an_entry_that_covers_the_next_one_is_refused():
    inner = Part(b"B", b"b" * 10)
    cover = Part(b"A", b"", data=b"x" * 5, packed=5 + len(inner.local()), size=5)
    cover.size = cover.packed
    with pytest.raises(UnsafeArchive, match="overlap"):
        opened(raw_zip([cover, inner]))


@pytest.mark.parametrize("where", ["prefix", "gap"])
def test_octets_that_no_entry_claims_are_refused(where: str):
    hidden = raw_zip([Part(b"A", b"other")])
    with pytest.raises(UnsafeArchive, match="octets that belong"):
        opened(raw_zip(parts(), **{where: hidden}))
    with pytest.raises(ArchiveError):
        opened(raw_zip(parts(), prefix=b"MZ\x90"))


def test_a_prefix_that_the_offsets_count_is_refused_too():
    prefix = b"#!/bin/sh\n"
    shifted = parts()
    body = b""
    for part in shifted:
        part.offset = len(prefix) + len(body)
        body += part.local()
    with pytest.raises(UnsafeArchive, match="octets that belong"):
        opened(raw_zip(shifted, prefix=prefix, start=len(prefix) + len(body)))


def test_a_comment_is_read_over_and_an_archive_within_it_is_not_followed():
    assert contents(raw_zip(parts(), comment=b"made by a hospital")) == contents(raw_zip(parts()))
    with pytest.raises(UnsafeArchive):
        opened(raw_zip(parts(), comment=raw_zip([Part(b"A", b"other")])))
    with pytest.raises(UnsafeArchive):
        opened(raw_zip(parts(), comment=raw_zip([])))


def test_octets_after_the_end_are_counted():
    assert opened(raw_zip(parts(), trailing=b"\r\n")).trailing == 2
    assert opened(raw_zip(parts())).trailing == 0


@pytest.mark.parametrize("octets", [b"", b"PK", b"PK\5\6", b"%PDF-1.4", b"\0" * 100_000])
def test_what_is_no_archive_is_told(octets: bytes):
    with pytest.raises(ArchiveError, match="no zip archive"):
        opened(octets)


def test_a_truncated_archive_is_told_at_every_length():
    octets = raw_zip(parts(), comment=b"end")
    for length in range(len(octets)):
        with pytest.raises(ArchiveError):
            opened(octets[:length])


def test_an_empty_archive_is_an_archive():
    assert contents(raw_zip([])) == {}


def test_an_empty_archive_after_other_octets_is_refused():
    with pytest.raises(UnsafeArchive, match="octets that belong"):
        opened(raw_zip([], prefix=b"abc", start=3))


def test_several_volumes_are_refused():
    with pytest.raises(UnsafeArchive, match="volumes"):
        opened(raw_zip(parts(), disk=1))
    octets = bytearray(raw_zip([Part(b"A", b"abc")]))
    octets[octets.index(b"PK\1\2") + 34] = 1
    with pytest.raises(UnsafeArchive, match="volumes"):
        opened(bytes(octets))


def test_a_record_longer_than_the_directory_is_told():
    octets = bytearray(raw_zip([Part(b"A", b"abc")]))
    octets[octets.index(b"PK\1\2") + 32] = 9
    with pytest.raises(ArchiveError, match="truncated directory"):
        opened(bytes(octets))


def test_an_entry_elsewhere_than_the_directory_says_is_refused():
    broken = bytearray(raw_zip([Part(b"A", b"abc")]))
    broken[:4] = b"PK\7\7"
    with pytest.raises(ArchiveError, match="not where"):
        opened(bytes(broken))


@pytest.mark.parametrize("where", [32, 40])
def test_a_damaged_file_is_told_when_it_is_read(where: int):
    octets = bytearray(raw_zip([Part(b"A", b"abc" * 10), Part(b"B", b"xyz" * 99, method=DEFLATED)]))
    octets[where] ^= 0xFF
    with pytest.raises(ArchiveError, match="damaged"):
        opened(bytes(octets)).members[0].read()


def test_a_deflate_stream_of_another_length_is_damaged():
    data = deflated(b"abc")
    for part in (
        Part(b"A", b"abc", method=DEFLATED, data=data + b"rest", crc=None),
        Part(b"A", b"abcd", method=DEFLATED, data=data),
        Part(b"A", b"abc", method=DEFLATED, data=data[:-1]),
        Part(b"A", b"abc", method=DEFLATED, data=b"\xff\xff\xff"),
    ):
        with pytest.raises(ArchiveError, match="damaged"):
            opened(raw_zip([part])).members[0].read()


def test_a_file_that_shrinks_after_it_was_judged_is_told(tmp_path: Path):
    path = tmp_path / "a.zip"
    path.write_bytes(raw_zip([Part(b"A", b"abc" * 1000)]))
    member = Container(path, Limits()).members[0]
    path.write_bytes(b"")
    with pytest.raises(ArchiveError, match="truncated"):
        member.read()
