"""SaxonC: runs compiled schematrons. Only the child process imports this for good."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any, Final

from lxml import etree

from segur_interop._oid import NAMED, is_oid
from segur_interop._xml import parse
from segur_interop.conformance._kit import HL7, Kit
from segur_interop.conformance._places import Places
from segur_interop.conformance._schematron import FLAG, Compiler
from segur_interop.conformance._stage import Outcome
from segur_interop.errors import CheckNotRun, MissingDependency
from segur_interop.findings import Finding, Severity

__all__ = ["Engine"]

_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
_FEATURE: Final = "http://saxon.sf.net/feature/"
_ROLES: Final = {
    "warning": Severity.WARNING,
    "warn": Severity.WARNING,
    "information": Severity.INFO,
    "info": Severity.INFO,
}
_TERMINOLOGY: Final = "terminologie.sch"
_TERMINOLOGIES: Final = "schematrons/profils/terminologies/terminologie"
_CODE: Final = re.compile(r"\b(?:X[PQST]|F[A-Z]|SX)[A-Z]{2}\d{4}\b")


class Engine:
    """One SaxonC processor with the stylesheets that it has loaded.

    Raises:
        MissingDependency: saxonche is absent.
    """

    def __init__(self, kit: Kit, cache: Path, places: Places) -> None:
        try:
            import saxonche
        except ImportError:
            raise MissingDependency(
                "saxonche is absent: pip install 'segur-interop[conformance]'"
            ) from None
        self.kit = kit
        self.places = places
        self._error: type[Exception] = saxonche.PySaxonApiError
        self._saxon: Any = saxonche.PySaxonProcessor(license=False)
        # loop lifting: SaxonC 13.1 aborts on "Bad parent pointer" over the skeleton's templates
        self._saxon.set_configuration_property(f"{_FEATURE}optimizationLevel", "-l")
        self._saxon.set_configuration_property(f"{_FEATURE}allowedProtocols", "file")
        self._xslt: Any = self._saxon.new_xslt30_processor()
        self._compiler = Compiler(kit, cache, str(self._saxon.version))
        self._loaded: dict[str, tuple[Any, Outcome]] = {}

    def read(self, root: etree._Element) -> Any:
        """The document as the engine's own tree.

        Raises:
            CheckNotRun: the engine cannot read it.
        """
        text = etree.tostring(root, encoding="unicode", with_tail=False)
        try:
            return self._saxon.parse_xml(xml_text=text, encoding="utf-8")
        except self._error as error:
            raise CheckNotRun(f"the engine cannot read the document{_code(error)}") from None

    def judge(self, name: str, root: etree._Element, tree: Any) -> Outcome:
        """What one schematron says of a document.

        Args:
            name: path of the schematron in the kit.
            root: the ClinicalDocument, for places.
            tree: the same, as `read` gave it.

        Raises:
            CheckNotRun: the schematron cannot be loaded or run.
        """
        executable, known = self._load(name)
        try:
            svrl = parse(executable.transform_to_string(xdm_node=tree).encode())
        except self._error as error:
            raise CheckNotRun(f"the engine stopped{_code(error)}") from None
        outcome = Outcome(findings=list(known.findings), not_run=list(known.not_run))
        if PurePosixPath(name).name == _TERMINOLOGY:
            outcome.findings += self._unknown_terminologies(name, root)
        self._read_svrl(name, svrl, root, outcome)
        return outcome

    def _load(self, name: str) -> tuple[Any, Outcome]:
        if name not in self._loaded:
            sheet = self._compiler.compile(name)
            known = Outcome(findings=[_kit_note(name, note) for note in sheet.notes])
            if sheet.missing:
                known.not_run.append(f"included files are absent: {', '.join(sheet.missing)}")
            try:
                executable = self._xslt.compile_stylesheet(
                    stylesheet_text=sheet.text.decode(), encoding="utf-8"
                )
            except self._error as error:
                raise CheckNotRun(f"the engine refuses the stylesheet{_code(error)}") from None
            self._loaded[name] = (executable, known)
        return self._loaded[name]

    def _read_svrl(
        self, name: str, svrl: etree._Element, root: etree._Element, outcome: Outcome
    ) -> None:
        pattern = ""
        unjudged: dict[str, int] = {}
        for item in svrl.iterchildren(etree.Element):
            if item.tag == f"{_SVRL}active-pattern":
                pattern = item.get("id") or ""
            if item.tag not in (f"{_SVRL}failed-assert", f"{_SVRL}successful-report"):
                continue
            flag = item.get("flag") or ""
            if flag.startswith(FLAG):
                table = flag.removeprefix(FLAG)
                unjudged[table] = unjudged.get(table, 0) + 1
                continue
            identity = item.get("id") or pattern
            file = PurePosixPath(name).name
            outcome.findings.append(
                Finding(
                    rule=f"{file}#{identity}" if identity else file,
                    message=_text(item),
                    severity=_ROLES.get((item.get("role") or "").lower(), Severity.ERROR),
                    place=self.places.resolve(root, item.get("location")),
                    source=f"ANS CDA kit, {name}",
                )
            )
        outcome.not_run += [
            f"{count} assertions need {table}, absent from the kit"
            for table, count in unjudged.items()
        ]

    def _unknown_terminologies(self, name: str, root: etree._Element) -> list[Finding]:
        """What the schematron itself passes over: `doc-available` of a terminology is false."""
        used = {
            node.get("codeSystem") or ""
            for node in root.iter(f"{HL7}code", f"{HL7}value")
            if node.get("code")
        }
        folder = self.kit.root / _TERMINOLOGIES
        absent = {
            oid
            for oid in used - {""}
            if not is_oid(oid) or self.kit.locate(folder / f"{oid}.rdf") is None
        }
        labels = sorted(f"{NAMED[oid].label} {oid}" for oid in absent if oid in NAMED)
        others = len(absent) - len(labels)
        if others:
            labels.append(f"{others} other code systems")
        if not labels:
            return []
        text = f"codes not checked, their terminology is not in the kit: {', '.join(labels)}"
        return [_kit_note(name, text)]


def _text(item: etree._Element) -> str:
    text = item.find(f"{_SVRL}text")
    return " ".join(str(text.xpath("string()")).split()) if text is not None else ""


def _kit_note(name: str, text: str) -> Finding:
    return Finding(
        rule="conformance.kit",
        message=text,
        severity=Severity.INFO,
        source=f"ANS CDA kit, {name}",
    )


def _code(error: Exception) -> str:
    """The W3C code of an engine's error: its sentence could quote the document."""
    found = _CODE.search(str(error))
    return f" ({found.group()})" if found else ""
