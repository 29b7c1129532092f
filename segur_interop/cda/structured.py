"""The structured body of a document, read when it is asked for and once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, TypeVar

from lxml import etree

from segur_interop.cda._entries import conditions, imaging, laboratory, medications, procedures
from segur_interop.cda._entries.acts import Act, read_acts
from segur_interop.cda._entries.attachments import Attachment, attachments
from segur_interop.cda._entries.conditions import Allergy, Problem
from segur_interop.cda._entries.imaging import ImagingAct, ImagingStudy
from segur_interop.cda._entries.medications import Medication
from segur_interop.cda._entries.observations import Observation, observation
from segur_interop.cda._entries.prescription import Prescription, prescription
from segur_interop.cda._entries.procedures import MedicalDevice, Procedure
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.record import Record
from segur_interop.cda._entries.results import Isolate, Result
from segur_interop.cda._entries.subjects import told_apart
from segur_interop.cda._entries.vaccinations import Vaccination, is_vaccination, vaccination
from segur_interop.cda._index import Index
from segur_interop.cda._reading import Reader
from segur_interop.cda.sections import Section, read_sections
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding

__all__ = ["FAMILIES", "Structured"]

Made = TypeVar("Made", bound=Record)

FAMILIES: Final = (
    "results",
    "isolates",
    "medications",
    "vaccinations",
    "allergies",
    "problems",
    "procedures",
    "devices",
    "imaging_acts",
    "imaging_studies",
    "observations",
    "attachments",
)
"""The families of records, each an attribute of Structured."""


class Structured:
    """What a structured body says: sections, and records of the layouts that are known.

    Each family is a tuple, empty when the document holds none of it. An entry that no family reads
    stays in `sections`, with its element.
    """

    def __init__(self, document: etree._Element) -> None:
        self._document = document
        self._found: dict[str, tuple[Finding, ...]] = {}

    def __repr__(self) -> str:
        return f"Structured({len(self.sections)} sections)"

    @functools.cached_property
    def _index(self) -> Index:
        return Index(self._document)

    @functools.cached_property
    def sections(self) -> tuple[Section, ...]:
        """The sections of the first level, in order."""
        reader = Reader()
        made = read_sections(self._document, self._index, reader)
        self._found["sections"] = tuple(reader.findings)
        return made

    @functools.cached_property
    def every_section(self) -> tuple[Section, ...]:
        """All sections, those inside others too, in the order of the document."""
        return tuple(section for top in self.sections for section in top.walk())

    def find(self, known_by: str) -> tuple[Section, ...]:
        """The sections known by a templateId or, without such a one, by a code; wherever they are.

        Args:
            known_by: root of a templateId, or a code: `59776-5` (findings of an imaging report),
                `19005-8` (its conclusion), `55112-7` (comment of a laboratory report).
        """
        sections = self.every_section
        found = tuple(item for item in sections if known_by in item.template_ids)
        return found or tuple(item for item in sections if item.code and item.code.code == known_by)

    @functools.cached_property
    def _acts(self) -> list[Act]:
        reader = Reader()
        made = read_acts(self.every_section, reader)
        self._found["acts"] = tuple(reader.findings)
        return made

    def _read(
        self, name: str, is_one: Callable[[Act], bool], make: Callable[[Act, Reading], Made]
    ) -> tuple[Made, ...]:
        read = Reading(self._index)
        found = [act for act in self._acts if is_one(act)]
        made = tuple(make(act, read) for act in told_apart(found, read))
        self._found[name] = tuple(read.findings)
        return made

    @functools.cached_property
    def results(self) -> tuple[Result, ...]:
        """Laboratory results; those that a laboratory recalls are `previous` of them."""
        read = Reading(self._index)
        made = laboratory.results(self._acts, read)
        self._found["results"] = tuple(read.findings)
        return made

    @functools.cached_property
    def isolates(self) -> tuple[Isolate, ...]:
        """Micro-organisms found, each with its results."""
        read = Reading(self._index)
        made = laboratory.isolates(self._acts, self.results, read)
        self._found["isolates"] = tuple(read.findings)
        return made

    @functools.cached_property
    def medications(self) -> tuple[Medication, ...]:
        """Treatments, given, taken, stopped or prescribed: see `mood`, `time` and `section`."""
        return self._read("medications", medications.is_medication, medications.medication)

    @functools.cached_property
    def vaccinations(self) -> tuple[Vaccination, ...]:
        """Vaccinations, refused, planned and "none known" ones too: see `done`."""
        return self._read("vaccinations", is_vaccination, vaccination)

    @functools.cached_property
    def allergies(self) -> tuple[Allergy, ...]:
        """Allergies and intolerances, "none known" too: see `negated` and `none_known`."""
        return self._read("allergies", conditions.is_allergy, conditions.allergy)

    @functools.cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Problems and history of the patient: see `negated`, `none_known` and `section`."""
        return self._read("problems", _is_own_problem, conditions.problem)

    @functools.cached_property
    def procedures(self) -> tuple[Procedure, ...]:
        """Acts, planned and not done ones too: see `done`; imaging is in `imaging_acts`."""
        return self._read("procedures", procedures.is_procedure, procedures.procedure)

    @functools.cached_property
    def devices(self) -> tuple[MedicalDevice, ...]:
        """Devices."""
        return self._read("devices", procedures.is_device, procedures.device)

    @functools.cached_property
    def imaging_acts(self) -> tuple[ImagingAct, ...]:
        """Imaging exams."""
        return self._read("imaging_acts", imaging.is_imaging_act, imaging.imaging_act)

    @functools.cached_property
    def imaging_studies(self) -> tuple[ImagingStudy, ...]:
        """DICOM studies."""
        return self._read("imaging_studies", imaging.is_imaging_study, imaging.imaging_study)

    @functools.cached_property
    def observations(self) -> tuple[Observation, ...]:
        """Every other observation that is an entry or in a group: see `is_about_patient`."""
        read = Reading(self._index)
        made = tuple(observation(act, read) for act in self._acts if _is_other_observation(act))
        self._found["observations"] = tuple(read.findings)
        return made

    @functools.cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """Files that the body carries, the PDF copy of the document first."""
        read = Reading(self._index)
        made = attachments(self._acts, read)
        self._found["attachments"] = tuple(read.findings)
        return tuple(sorted(made, key=lambda item: not item.is_copy))

    @functools.cached_property
    def prescription(self) -> Prescription | None:
        """The prescription that the document is; None when it is none."""
        read = Reading(self._index)
        made = prescription(
            self._document, self.every_section, self.medications, self.devices, self.attachments,
            read,
        )  # fmt: skip
        self._found["prescription"] = tuple(read.findings)
        return made

    @functools.cached_property
    def pdf_copy(self) -> bytes | None:
        """The PDF that a reader is shown first (section *Copie du document*); None without."""
        return next(
            (item.octets for item in self.attachments if item.is_copy and item.is_pdf), None
        )

    def family(self, name: str) -> tuple[Record, ...]:
        """The records of one of FAMILIES.

        Raises:
            InvalidValue: there is no such family.
        """
        if name not in FAMILIES:
            raise InvalidValue(f"one of {', '.join(FAMILIES)}", place="family")
        records: tuple[Record, ...] = getattr(self, name)
        return records

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was odd in the body: everything is read to know it; none is told twice."""
        for name in (*FAMILIES, "prescription"):
            getattr(self, name)
        found = [finding for items in self._found.values() for finding in items]
        for section in self.every_section:
            found += section.narrative.findings
        return tuple(dict.fromkeys(found))


def _is_own_problem(act: Act) -> bool:
    """Those of relatives are usual, and in `observations` with whom they are about."""
    return act.subject is None and conditions.is_problem(act)


def _is_other_observation(act: Act) -> bool:
    """An observation that stands by itself and that no other family reads.

    Those about somebody else are all here, whatever they are: a result, a problem of a relative.
    """
    if act.kind != "observation" or act.element.get("classCode") == "DGIMG":
        return False
    if not (act.parent is None or act.parent.kind in _GROUPS):
        return False
    if act.subject is not None:
        return act.link not in {"RSON", "REFR"}
    if any(is_one(act) for is_one in _OTHERS):
        return False
    return act.link not in {"SUBJ", "RSON", "REFR"}


_OTHERS: Final = (conditions.is_problem, conditions.is_allergy, laboratory.is_one)
_GROUPS: Final = frozenset({"organizer", "act"})
