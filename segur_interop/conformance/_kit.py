"""Read-only access to the ANS CDA kit, and which of its stages judge a document.

File names are matched without regard to case: the kit is written on Windows, and several of
its includes differ from the file by case only.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from lxml import etree

from segur_interop.errors import CheckNotRun

__all__ = ["GENERAL", "HL7", "VOLETS", "XSD", "Kit", "clinical_document"]

HL7: Final = "{urn:hl7-org:v3}"

XSD: Final = "infrastructure/cda/CDA_extended.xsd"

GENERAL: Final = (
    "schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch",
    "schematrons/profils/IHE.sch",
    "schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch",
    "schematrons/profils/CI-SIS_Modeles_ANS.sch",
    "schematrons/profils/terminologies/schematron/terminologie.sch",
)
"""The schematrons that every official example asks for in its own processing instructions."""

_VOLET_ROOT: Final = "1.2.250.1.213.1.1.1."

VOLETS: Final[dict[str, str]] = {
    "2.1.1": "CARD-F-PRC-AVK",
    "2.1.2": "CARD-F-PRC-TAP",
    "2.1.3": "CARD-F-PRC-DCI",
    "2.1.4": "CARD-F-PRC-PSC",
    "2.1.5": "CARD-F-PRC-PPV",
    "5.1": "CSE-CS8",
    "5.2": "CSE-CS9",
    "5.3": "CSE-CS24",
    "5.4": "CSE-MDE",
    "8": "CANCER-FRCP",
    "12.1": "OBP-SAP",
    "12.2": "OBP-SNM",
    "12.3": "OBP-SNE",
    "12.4": "OBP-SCM",
    "12.5": "OBP-SEM",
    "13": "VSM",
    "15": "AVC-AUNV",
    "16": "AVC-EUNV",
    "17": "AVC-SUNV",
    "18": "OPH-CR-RTN",
    "21": "LDL-EES",
    "22": "DLU-EHPAD-DLU",
    "23": "DLU-EHPAD-FLUDT",
    "24": "DLU-EHPAD-FLUDR",
    "25": "AVC-PAVC",
    "26": "CANCER-PPS",
    "27": "CANCER-D2LM-FIN",
    "28": "CANCER-D2LM-FIDD",
    "29": "LDL-SES",
    "30": "SDM-MR",
    "32": "CANCER-CR-GM",
    "36": "CNAM-HR",
    "37": "VAC",
    "38": "TLM-DA",
    "39": "EP-MED-DM",
    "40": "ANEST-CR-ANEST",
    "41": "ANEST-CR-CPA",
    "42": "OPH-BRE",
    "45": "IMG-CR-IMG",
    "46": "VAC-NOTE",
    "47": "IMG-DA-IMG",
    "51": "IPS-FR",
    "54": "eDISP-MED",
    "55": "BIO-CR-BIO",
    "59": "BIO-TROD",
}
"""Last arcs of a volet's templateId → name of its schematron.

Source: the templateId that each schematron's header rules demand, and the schematrons that the
official examples name for it. 5.4 and 18 are in no example and no rule of the kit: unsure.
"""

_PARENTS: Final = ("1", "2.1", "5")
"""Templates that volets share (structuration minimale, F-PRC, CSE): no schematron of their own."""

_VERSION_OF: Final = {("13", "201310"): "2022.01"}
"""Extensions that are no version of a schematron: VSM 1.4 kept the date of its first edition."""

_SCHEMATRON: Final = re.compile(r"CI-SIS_(.+?)(?:_1\.4)?_(\d{4}\.\d\d)\.sch")
_VALUE_SET_ID: Final = re.compile(rb'<ValueSet\b[^>]*?\sid="([0-9.]+)"', re.DOTALL)
_VALUE_SET_HEAD: Final = 4000


class Kit:
    """The folder of a kit.

    Raises:
        CheckNotRun: the folder holds no kit.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        try:
            self.root = Path(root).resolve()
        except ValueError:  # a null, or a character that no path holds
            raise CheckNotRun("the folder given as kit can be no path") from None
        self._listings: dict[str, dict[str, str]] = {}
        if self.locate(self.root / XSD) is None:
            raise CheckNotRun(f"the folder given as kit holds no {XSD}")

    def relative(self, path: Path) -> str:
        """The path as the kit names it."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.name

    def locate(self, path: Path) -> Path | None:
        """The file that a path of the kit means, whatever the case; None when there is none."""
        wanted = Path(os.path.normpath(path))
        if wanted.is_file():
            return wanted
        if not wanted.is_relative_to(self.root):
            return None
        here = self.root
        for part in wanted.relative_to(self.root).parts:
            real = self._listing(here).get(part.lower())
            if real is None:
                return None
            here = here / real
        return here if here.is_file() else None

    def linked(self, base: Path, href: str) -> Path | None:
        """The file that an include of `base` means."""
        return self.locate(base.parent / unquote(href.partition("#")[0]).replace("\\", "/"))

    def value_set(self, oid: str) -> Path | None:
        """The file of `jeuxDeValeurs` that holds this value set."""
        return self._value_sets.get(oid)

    def stages(self, document: etree._Element) -> tuple[list[str], list[str]]:
        """What judges a document, and why some of it cannot.

        Args:
            document: the ClinicalDocument element.

        Returns:
            Paths in the kit, the schema first; then one sentence for each schematron that the
            document calls for and the kit does not hold.
        """
        wanted = [XSD, *GENERAL]
        found = [name for name in wanted if self.locate(self.root / name)]
        lacking = [f"{name} is absent from the kit" for name in wanted if name not in found]
        if document.find(f"{HL7}component/{HL7}nonXMLBody") is not None:
            return found, lacking  # a volet's schematron judges a structured body
        for template in document.iterfind(f"{HL7}templateId"):
            arcs = (template.get("root") or "").removeprefix(_VOLET_ROOT)
            if arcs == template.get("root") or arcs in _PARENTS:
                continue
            name, reason = self._volet(arcs, template.get("extension") or "")
            if reason and reason not in lacking:
                lacking.append(reason)
            if name and name not in found:
                found.append(name)
        return found, lacking

    def _volet(self, arcs: str, extension: str) -> tuple[str, str]:
        """The schematron of a volet's templateId, or the reason why there is none.

        The templateIds of a volet's first version bear no extension.
        """
        volet = VOLETS.get(arcs)
        if volet is None:
            return "", "a templateId of the document names a volet that this check does not know"
        versions = self._volets.get(volet.lower(), {})
        version = extension or min(versions, default="")
        name = versions.get(_VERSION_OF.get((arcs, extension), version))
        if name is None:
            asked = "" if versions else " of any version"
            return "", (
                f"{volet}: the kit holds no schematron{asked or ' of the version asked'} "
                f"for templateId {_VOLET_ROOT}{arcs}"
            )
        return name, ""

    def _listing(self, folder: Path) -> dict[str, str]:
        key = str(folder)
        if key not in self._listings:
            try:
                names = sorted((path.name for path in folder.iterdir()), reverse=True)
            except OSError:
                names = []
            self._listings[key] = {name.lower(): name for name in names}
        return self._listings[key]

    @cached_property
    def _volets(self) -> dict[str, dict[str, str]]:
        """Volet in lower case → version → path in the kit."""
        found: dict[str, dict[str, str]] = {}
        for name in self._listing(self.root / "schematrons").values():
            match = _SCHEMATRON.fullmatch(name)
            if match:
                versions = found.setdefault(match.group(1).lower(), {})
                versions[match.group(2)] = f"schematrons/{name}"
        return found

    @cached_property
    def _value_sets(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for path in sorted((self.root / "jeuxDeValeurs").glob("*.xml")):
            with path.open("rb") as stream:
                head = _VALUE_SET_ID.search(stream.read(_VALUE_SET_HEAD))
            if head:
                found.setdefault(head.group(1).decode(), path)
        return found


def clinical_document(root: etree._Element) -> tuple[etree._Element | None, bool]:
    """The ClinicalDocument under any root, as a root of its own, and whether it was wrapped.

    A document auto-présentable is inside `xsl:stylesheet`, a signed one inside `ds:Signature`.
    """
    tag = f"{HL7}ClinicalDocument"
    if root.tag == tag:
        return root, False
    inner = next(root.iter(tag), None)
    if inner is None:
        return None, False
    # serialised, so that a prefix declared outside and used in an xsi:type stays declared
    text = etree.tostring(inner, encoding="utf-8", with_tail=False)
    return etree.fromstring(text, etree.XMLParser(huge_tree=True, resolve_entities=False)), True
