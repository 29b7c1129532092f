"""A generated hospital for exports: every edge case that a real one has, and as many patients more.

Files are written once in a folder; records are made again at will, so that a killed run finds the
same source. Nobody in it exists.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

from documents import HOSPITAL, NOW, PARIS, SURGEON, jdv, minimal
from people import BY_ID, local, traits_only

from segur_interop import cda
from segur_interop.export import Category, Item, Origin, Record, SourceStatus
from segur_interop.ins import Identity, IdentityStatus, Sex
from segur_interop.model import LocalId, Patient, PersonName, Professional
from segur_interop.terminology import Code, Masking

IPP_ROOT = "1.2.250.1.999.1"
LETTER, REPORT, ORDER = (jdv("J07", code) for code in ("11490-0", "34874-8", "57833-6"))
LOCUM = Professional(name=PersonName(family="SANSNUMERO", given="Zoé"))
RETIRED = Professional.from_rpps("10000000012", name=PersonName(family="ANCIEN", given="Luc"))
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def ipp(number: int) -> LocalId:
    return LocalId(root=IPP_ROOT, extension=f"IPP{number:07d}", type="PI")


def opened(path: str) -> BinaryIO:
    """What a process pool can be given: a function of a module, and a path."""
    return Path(path).open("rb")


class Population:
    """The special patients, then `plain` ordinary ones.

    Attributes:
        folder: of the files.
        broken: how many items cannot be read.
    """

    def __init__(self, folder: Path, plain: int = 0, *, broken: int = 0) -> None:
        self.folder, self.plain, self.broken = folder, plain, broken
        folder.mkdir(parents=True, exist_ok=True)
        self._pdf = self._file("letter.pdf", PDF)
        self._docx = self._file("note.docx", b"PK\x03\x04 a document of a word processor")
        self._json = self._file("vitals.json", b'{"pulse": 60}')
        self._empty = self._file("empty.pdf", b"")
        self._large = folder / "image.dcm"
        with self._large.open("wb") as stream:
            stream.truncate(3_000_000)

    def _file(self, name: str, octets: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(octets)
        return path

    def _letter(self, name: str, patient: Patient, **changes: object) -> Path:
        path = self.folder / f"{name}.xml"
        if not path.exists():
            given = {"id": f"1.2.250.1.999.2.{int.from_bytes(name.encode()[-5:], 'big')}"}
            document = cda.wrap(
                cda.PlainText("Lettre"), **minimal(patient=patient, **{**given, **changes})
            )
            document.save(path)
        return path

    def announced(self) -> int:
        return sum(len(list(record.items)) for record in self)

    def __iter__(self) -> Iterator[Record]:
        yield from self._special()
        for number in range(1, self.plain + 1):
            yield self._ordinary(number)

    # -- every edge case ------------------------------------------------------------------------

    def _special(self) -> Iterator[Record]:
        yield self._qualified()
        yield self._nia()
        yield self._lost()
        yield self._unknown_day()
        yield from self._same_traits()
        yield self._newborn()
        yield self._without_domain()
        yield self._chain()
        yield self._sizes()
        yield self._private()
        yield self._broken()
        yield Record(key="nothing", patient=Patient(identity=self._bare("RIEN"), ids=(ipp(90),)))

    def _bare(self, name: str, **changes: object) -> Identity:
        base = Identity(
            birth_name=name,
            birth_given_names="CAMILLE",
            first_birth_given_name="CAMILLE",
            birth_date=date(1960, 5, 4),
            sex=Sex.F,
            birth_place="75056",
        )
        return dataclasses.replace(base, **changes)  # type: ignore[arg-type]

    def _item(self, name: str, **changes: object) -> Item:
        given: dict[str, object] = {
            "id": name,
            "content": self._pdf,
            "mime_type": "application/pdf",
            "type": LETTER,
            "produced": NOW,
            "title": "Lettre",
            "authors": (SURGEON,),
            "responsible": SURGEON,
        }
        return Item(**{**given, **changes})  # type: ignore[arg-type]

    def _qualified(self) -> Record:
        """An INS, a letter with its PDF twin, accents and apostrophes everywhere."""
        identity = local(
            BY_ID["insi-11"], first_birth_given_name="PIERRE-ALAIN", used_name="D'Çà-et-Là"
        )
        patient = Patient(identity=identity, ids=(ipp(1),))
        letter = self._letter("qualified", patient)
        items = (
            self._item("L-1", content=letter, mime_type="text/xml"),
            self._item("L-1-PDF", twin_of="L-1"),
            self._item("shared", title="Document commun « à l'un & à l'autre » <1>"),
        )
        return Record(key="qualified", patient=patient, items=items, referents=("10000000012",))

    def _nia(self) -> Record:
        patient = Patient(
            identity=local(BY_ID["insi-8"], first_birth_given_name="PIERRE-ALAIN"), ids=(ipp(2),)
        )
        letter = self._letter("nia", patient)
        return Record(
            key="nia",
            patient=patient,
            items=(
                self._item("L-2", content=letter, mime_type="text/xml"),
                self._item("shared", title="Document commun"),
            ),
        )

    def _lost(self) -> Record:
        """An identity that was QUALIFIEE and is not any more: no INS leaves."""
        identity = traits_only(BY_ID["insi-1"], status=IdentityStatus.VALIDEE)
        return Record(
            key="lost",
            patient=Patient(identity=identity, ids=(ipp(3),)),
            items=(self._item("L-3", authors=(LOCUM,), responsible=None),),
        )

    def _unknown_day(self) -> Record:
        identity = self._bare(
            "INCONNU", birth_date=date(1950, 12, 31), received_birth_date="1950-00-00",
            birth_date_completed=True,
        )  # fmt: skip
        return Record(
            key="unknown-day",
            patient=Patient(identity=identity, ids=(ipp(4),)),
            items=(self._item("L-4", produced="2019", type=REPORT, authors=(RETIRED,)),),
        )

    def _same_traits(self) -> Iterator[Record]:
        for number in (5, 6):
            yield Record(
                key=f"same-{number}",
                patient=Patient(identity=self._bare("HOMONYME"), ids=(ipp(number),)),
                items=(self._item("L-5", content=self._docx, mime_type=DOCX),),
            )

    def _newborn(self) -> Record:
        """No given name yet, an item without date and without type."""
        identity = self._bare(
            "NOUVEAU-NE", birth_given_names="", first_birth_given_name="",
            birth_date=date(2026, 2, 27), sex=Sex.I, multiple_birth_order=2,
        )  # fmt: skip
        bare = self._item("L-7", produced=None, type=None, title="", authors=(), responsible=None)
        return Record(
            key="newborn", patient=Patient(identity=identity, ids=(ipp(7),)), items=(bare,)
        )

    def _without_domain(self) -> Record:
        """No INS, and an identifier that no OID names."""
        own = LocalId(extension="8", namespace="GAM", type="PI")
        content = partial(opened, str(self._json))
        return Record(
            key="no-domain",
            patient=Patient(identity=self._bare("SANS-DOMAINE"), ids=(own,)),
            items=(
                self._item("L-8", content=content, mime_type="application/json", type=None),
                self._item("L-8b", origin=Origin.RECEIVED, language="en-GB"),
            ),
        )

    def _chain(self) -> Record:
        """Three versions, the last one final; then one that was deleted."""
        versions = [
            self._item(
                f"V-{rank}",
                replaces=f"V-{rank - 1}" if rank > 1 else "",
                status=SourceStatus.FINAL if rank == 3 else SourceStatus.SUPERSEDED,
                produced=NOW - timedelta(days=400 - 100 * rank),
            )
            for rank in (1, 2, 3)
        ]
        deleted = self._item("V-4", status=SourceStatus.DELETED)
        return Record(
            key="chain",
            patient=Patient(identity=self._bare("VERSIONS"), ids=(ipp(9),)),
            items=(*versions, deleted),
        )

    def _sizes(self) -> Record:
        return Record(
            key="sizes",
            patient=Patient(identity=self._bare("TAILLES"), ids=(ipp(10),)),
            items=(
                self._item("S-0", content=self._empty),
                self._item("S-big", content=self._large, mime_type="application/dicom"),
                self._item("S-none", content=b"", mime_type="text/plain"),
                self._item("S-memory", content=b"texte", mime_type="text/plain"),
            ),
        )

    def _private(self) -> Record:
        return Record(
            key="private",
            patient=Patient(identity=self._bare("PRIVE"), ids=(ipp(11),)),
            items=(
                self._item("P-1", masks=frozenset({Masking.INVISIBLE_PATIENT})),
                self._item(
                    "P-2",
                    category=Category.NOTE_PERSONNELLE,
                    content=b"note",
                    mime_type="text/plain",
                ),  # fmt: skip
                self._item("P-3", produced=datetime(2001, 1, 1, tzinfo=PARIS), type=ORDER),
                self._item("P-4", type=Code(code="11502-2", system=LETTER.system)),
            ),
        )

    def _broken(self) -> Record:
        """Items that cannot be read, among one that can."""
        items = [self._item("B-good")]
        for rank in range(self.broken):
            content = (
                self.folder / "absent.pdf",
                self.folder,
                partial(opened, "/nowhere/at/all"),
            )[rank % 3]
            items.append(self._item(f"B-{rank}", content=content))
        return Record(
            key="broken",
            patient=Patient(identity=self._bare("ABIME"), ids=(ipp(12),)),
            items=tuple(items),
        )

    # -- the others -----------------------------------------------------------------------------

    def _ordinary(self, number: int) -> Record:
        identity = self._bare(
            f"PATIENT {_letters(number)}", birth_date=date(1930 + number % 90, 1 + number % 12, 7)
        )
        items = tuple(
            self._item(
                f"D-{number}-{rank}",
                type=(LETTER, REPORT, ORDER)[(number + rank) % 3],
                produced=NOW - timedelta(days=(number * 37 + rank * 11) % 4000),
            )
            for rank in range(1 + number % 3)
        )
        return Record(
            key=f"patient-{number}",
            patient=Patient(identity=identity, ids=(ipp(1000 + number),)),
            items=items,
        )


def _letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number, 26)
        text = chr(ord("A") + rest) + text
    return text or "A"


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its octets."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def folders(folder: Path) -> set[str]:
    """Every folder within, empty ones included."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_dir()}


__all__ = ["HOSPITAL", "LETTER", "Population", "folders", "ipp", "opened", "tree"]
