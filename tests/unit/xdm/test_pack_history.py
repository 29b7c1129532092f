"""What a history needs of an archive: entries that lack what nobody knew, relations, streams."""

from __future__ import annotations

import dataclasses
import io
import uuid

import pytest
from documents import HOSPITAL, NOW, minimal

from segur_interop import cda, xdm
from segur_interop.errors import ArchiveError
from segur_interop.model import LocalId

SENDING = xdm.Submission(unique_id="1.2.3", time=NOW)
BARE = xdm.DocumentEntry(
    unique_id="1.2.3.4",
    patient_id=LocalId(root="1.2.3.5", extension="1", type="PI"),
    mime_type="application/pdf",
)


def packed(*entries: xdm.Entry) -> xdm.Archive:
    archive = xdm.pack(entries, source=HOSPITAL, submission=SENDING, incomplete=True)
    return xdm.unpack(bytes(archive))


def test_an_incomplete_entry_is_refused_unless_the_archive_is_a_history():
    with pytest.raises(ArchiveError):
        xdm.pack([xdm.Entry(b"%PDF-", BARE)], source=HOSPITAL, submission=SENDING)
    archive = packed(xdm.Entry(b"%PDF-", BARE))
    assert archive.findings == ()
    (entry,) = archive.entries
    assert entry.read() == b"%PDF-"
    assert entry.metadata.type_code is None


@pytest.mark.parametrize("field", ["unique_id", "patient_id", "mime_type"])
def test_even_a_history_identifies_patient_and_document(field: str):
    empty = dataclasses.replace(BARE, **{field: None if field == "patient_id" else ""})
    with pytest.raises(ArchiveError):
        packed(xdm.Entry(b"", empty))


def test_replacements_and_twins_are_associations_within_the_lot():
    first, second, twin = (f"urn:uuid:{uuid.uuid4()}" for _ in range(3))
    elsewhere = f"urn:uuid:{uuid.uuid4()}"
    given = [
        dataclasses.replace(BARE, unique_id="1.2.1", entry_uuid=first),
        dataclasses.replace(BARE, unique_id="1.2.2", entry_uuid=second, replaces=(first,)),
        dataclasses.replace(
            BARE, unique_id="1.2.3", entry_uuid=twin, transforms=(second,), replaces=(elsewhere,)
        ),
    ]
    read = packed(*(xdm.Entry(b"%PDF-", item) for item in given)).entries
    assert [entry.metadata.replaces for entry in read] == [(), (first,), ()]
    assert [entry.metadata.transforms for entry in read] == [(), (), (second,)]


class Pipe(io.RawIOBase):
    """A stream that can only be read."""

    def __init__(self, octets: bytes) -> None:
        self._inner = io.BytesIO(octets)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._inner.read(size)


def test_a_stream_that_cannot_be_sought_is_packed():
    document = cda.wrap(cda.PlainText("x"), **minimal())
    octets = bytes(document)
    entry = xdm.Entry(lambda: Pipe(octets), xdm.document_entry(document))
    archive = xdm.unpack(bytes(xdm.pack([entry], source=HOSPITAL, submission=SENDING)))
    assert archive.findings == ()
    assert archive.entries[0].read() == octets
