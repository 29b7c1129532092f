"""From a schematron of the kit to a stylesheet that quotes no document.

The ISO steps (ISO/IEC 19757-3: inclusion, abstract patterns, compilation) with the ISO skeleton
that lxml carries. Between the second and the third, whatever an assertion would take from the
document is replaced: what the compiled stylesheet says is text of the schematron alone.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from lxml import etree

from segur_interop._files import write_whole
from segur_interop._xml import parse
from segur_interop.conformance._kit import Kit
from segur_interop.errors import CheckNotRun

__all__ = ["DYNAMIC", "FLAG", "SCH", "Compiler", "Stylesheet"]

SCH: Final = "{http://purl.oclc.org/dsdl/schematron}"
_XML_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
_FORMAT: Final = "1"
"""Part of the key of the cache: what this module makes of the same schematron."""

DYNAMIC: Final = "[...]"
"""Stands where an assertion would quote the document."""

FLAG: Final = "needs-absent:"
"""Start of the flag of an assertion that reads a value set which the kit lacks."""

_ASSERTIONS: Final = (f"{SCH}assert", f"{SCH}report")
_STATIC: Final = (f"{SCH}emph", f"{SCH}dir", f"{SCH}span")
_LITERAL: Final = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)")\s*""")
_VARIABLE: Final = re.compile(r"\s*\$([\w.-]+)\s*")
_FILE: Final = re.compile(r"""(['"])([^'"<>\s]*/[^'"<>\s/]+\.xml)\1""")
_TABLE: Final = re.compile(r"voc-([0-9.]+)-DYNAMIC\.xml")
_XSL: Final = "{http://www.w3.org/1999/XSL/Transform}"
_PATH_MODE: Final = "schematron-get-full-path"
_PATHS: Final = f"""<xsl:x xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:template match="*" mode="{_PATH_MODE}"><xsl:apply-templates select="parent::*"
 mode="{_PATH_MODE}"/>/*[<xsl:value-of select="1 + count(preceding-sibling::*)"/>]</xsl:template>
<xsl:template match="@*" mode="{_PATH_MODE}"><xsl:apply-templates select="parent::*"
 mode="{_PATH_MODE}"/>/@<xsl:value-of select="local-name()"/></xsl:template>
<xsl:template match="text() | comment() | processing-instruction()" mode="{_PATH_MODE}">
<xsl:apply-templates select="parent::*" mode="{_PATH_MODE}"/></xsl:template>
</xsl:x>"""
_SVS: Final = "{urn:ihe:iti:svs:2008}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stylesheet:
    """A compiled schematron.

    Attributes:
        text: XSLT; its base URI is that of the schematron.
        notes: what the kit lacks and was found elsewhere in it.
        missing: names of included files that the kit lacks: their rules are not in it.
    """

    text: bytes
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class _State:
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)


class Compiler:
    """Compiles the schematrons of a kit, once.

    Args:
        kit: the kit; never written.
        cache: folder of the compiled stylesheets; made if need be. Several processes may share
            it: a file appears whole, and one whose content is not its own checksum is made again.
        engine: version of the engine that will run the stylesheets.
    """

    def __init__(self, kit: Kit, cache: Path, engine: str) -> None:
        self.kit = kit
        self.cache = cache
        self.engine = engine
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)

    def compile(self, name: str) -> Stylesheet:
        """The stylesheet of one schematron.

        Args:
            name: its path in the kit.

        Raises:
            CheckNotRun: the schematron cannot be read or compiled.
        """
        path = self.kit.locate(self.kit.root / name)
        if path is None:
            raise CheckNotRun(f"{name} is absent from the kit")
        state = _State()
        root = self._expand(path, state, ())
        _drop_activations(root)
        self._relink(root, path, state)
        root.attrib.pop("queryBinding", "")  # the skeleton refuses to say xslt2; the engine does
        source = etree.tostring(root, encoding="utf-8")
        cached = self.cache / f"{path.stem}-{self._key(path, source)}.xsl"
        text = _read(cached)
        if text is None:
            text = _build(source, path, state.absent)
            _write(cached, text)
        return Stylesheet(
            text=text, notes=tuple(state.notes), missing=tuple(dict.fromkeys(state.missing))
        )

    def _key(self, path: Path, source: bytes) -> str:
        digest = hashlib.sha256()
        parts = (_FORMAT, self.engine, etree.__version__, path.as_uri())
        for part in (*(part.encode() for part in parts), source):
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()[:32]

    def _expand(self, path: Path, state: _State, chain: tuple[Path, ...]) -> etree._Element:
        if path in chain:
            raise CheckNotRun(f"{self.kit.relative(path)} includes itself")
        root = parse(path)
        etree.strip_tags(root, etree.Comment)
        for include in list(root.iter(f"{SCH}include")):
            parent = include.getparent()
            if parent is None:
                raise CheckNotRun(f"{self.kit.relative(path)} is an include alone")
            href = include.get("href") or ""
            target = self.kit.linked(path, href)
            if target is None or not target.stat().st_size:
                state.missing.append(PurePosixPath(href.replace("\\", "/")).name)
                _remove(include)
                continue
            part = self._expand(target, state, (*chain, path))
            part.tail = include.tail
            parent.replace(include, part)
        return root

    def _relink(self, root: etree._Element, path: Path, state: _State) -> None:
        """Point the file names in expressions at files that exist."""
        for node, key, value in list(_attributes(root)):
            for _, name in _FILE.findall(value):
                if "://" not in name:
                    value = value.replace(name, self._linked(path, name, state))
            node.set(key, value)

    def _linked(self, path: Path, name: str, state: _State) -> str:
        wanted = Path(os.path.normpath(path.parent / name))
        found = self.kit.locate(wanted)
        if found is not None and found.stat().st_size:
            return name if found == wanted else found.as_uri()
        short = self.kit.relative(wanted)
        table = _TABLE.fullmatch(wanted.name)
        source = self.kit.value_set(table.group(1)) if table else None
        if table is not None and source is not None:
            made = self.cache / f"voc-{table.group(1)}-{_sha256(source.read_bytes())[:16]}.xml"
            _write_if_other(made, _as_table(source, table.group(1)))
            note = f"{short}: absent from the kit, made from {self.kit.relative(source)} (same OID)"
            state.notes.append(note)
            return made.as_uri()
        stub = self.cache / f"absent-{wanted.name}"
        _write_if_other(stub, b"<absent/>\n")
        state.absent[stub.as_uri()] = wanted.name
        return stub.as_uri()


def _build(source: bytes, path: Path, absent: dict[str, str]) -> bytes:
    expand, svrl = _iso_steps()
    try:
        root = expand(parse(source)).getroot()
        _flag_absent(root, absent)
        _quote_nothing(root)
        sheet = svrl(root).getroot()
    except (etree.XSLTError, AttributeError):  # AttributeError: a step that made no element
        raise CheckNotRun(f"{path.name} cannot be compiled") from None
    _place_by_number(sheet)
    sheet.set(_XML_BASE, path.as_uri())
    sheet.set("version", "3.0")
    return etree.tostring(sheet, encoding="utf-8")


def _place_by_number(sheet: etree._Element) -> None:
    """Make the paths of the report out of numbers.

    Those of the skeleton quote names and namespaces, count brothers by local name alone, and
    give an attribute without its element.
    """
    for template in sheet.findall(f"{_XSL}template[@mode='{_PATH_MODE}']"):
        sheet.remove(template)
    sheet.extend(etree.fromstring(_PATHS))


@lru_cache(maxsize=1)
def _iso_steps() -> tuple[etree.XSLT, etree.XSLT]:
    from lxml import isoschematron  # type: ignore[attr-defined]

    folder = Path(isoschematron.__file__).parent / "resources/xsl/iso-schematron-xslt1"
    rights = etree.XSLTAccessControl(  # type: ignore[call-arg]
        write_file=False, create_dir=False, read_network=False, write_network=False
    )
    try:
        first, second = (
            etree.XSLT(etree.parse(str(folder / name)), access_control=rights)
            for name in ("iso_abstract_expand.xsl", "iso_svrl_for_xslt1.xsl")
        )
    except (OSError, etree.LxmlError):
        raise CheckNotRun("this build of lxml carries no ISO schematron skeleton") from None
    return first, second


def _quote_nothing(root: etree._Element) -> None:
    """Replace what would be computed inside an assertion by static text."""
    known = _literals(root)
    for assertion in root.iter(*_ASSERTIONS):
        for node in list(assertion.iterdescendants(etree.Element)):
            if node.tag in _STATIC:
                continue
            select = node.get("select") if node.tag == f"{SCH}value-of" else None
            _replace(node, _static(select, known))


def _static(select: str | None, known: dict[str, str]) -> str:
    """The text of an expression that takes nothing from the document, else DYNAMIC."""
    if select is None:
        return DYNAMIC
    variable = _VARIABLE.fullmatch(select)
    literal = known.get(variable.group(1)) if variable else _literal(select)
    if literal is None:
        return DYNAMIC
    name = PurePosixPath(literal).name
    return name.removeprefix("absent-") if literal.endswith(".xml") else literal


def _literal(expression: str) -> str | None:
    match = _LITERAL.fullmatch(expression)
    return next(text for text in match.groups() if text is not None) if match else None


def _literals(root: etree._Element) -> dict[str, str]:
    """Variables that hold one and the same literal wherever they are set."""
    values: dict[str, set[str | None]] = {}
    for let in root.iter(f"{SCH}let"):
        values.setdefault(let.get("name") or "", set()).add(_literal(let.get("value") or ""))
    return {
        name: literal
        for name, found in values.items()
        if len(found) == 1 and (literal := next(iter(found))) is not None
    }


def _flag_absent(root: etree._Element, absent: dict[str, str]) -> None:
    """Mark the assertions that read a stub, directly or through variables."""
    for uri, name in absent.items():
        tainted: set[str] = set()
        grown = True
        while grown:
            before = len(tainted)
            tainted |= {
                let.get("name") or ""
                for let in root.iter(f"{SCH}let")
                if _reads(let.get("value") or "", uri, tainted)
            }
            grown = len(tainted) > before
        for assertion in root.iter(*_ASSERTIONS):
            if _reads(assertion.get("test") or "", uri, tainted):
                assertion.set("flag", FLAG + name)


def _reads(expression: str, uri: str, variables: set[str]) -> bool:
    if uri in expression:
        return True
    return any(name in variables for name in re.findall(r"\$([\w.-]+)", expression))


def _drop_activations(root: etree._Element) -> None:
    """A phase that activates a pattern lost with its include would stop the skeleton."""
    known = {pattern.get("id") for pattern in root.iter(f"{SCH}pattern")}
    for active in list(root.iter(f"{SCH}active")):
        if active.get("pattern") not in known:
            _remove(active)


def _remove(node: etree._Element) -> None:
    _replace(node, "")


def _replace(node: etree._Element, text: str) -> None:
    """Put text in the place of an element; its tail stays."""
    parent = node.getparent()
    if parent is None:
        return
    text += node.tail or ""
    before = node.getprevious()
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text
    node.tail = None
    parent.remove(node)


def _attributes(root: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    for node in root.iter(etree.Element):
        for key, value in node.attrib.items():
            if ".xml" in value:
                yield node, str(key), str(value)


def _as_table(source: Path, oid: str) -> bytes:
    """An IHE SVS value set in the form that the schematron's ART-DECOR tables have."""
    top = etree.Element("valueSets")
    concepts = etree.SubElement(etree.SubElement(top, "valueSet", id=oid), "conceptList")
    for concept in parse(source).iter(f"{_SVS}Concept"):
        names = ("code", "codeSystem", "displayName")
        row = etree.SubElement(concepts, "concept")
        for name in names:
            row.set(name, concept.get(name) or "")
    return etree.tostring(top, encoding="utf-8")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(path: Path) -> bytes | None:
    """The content of a cached file; None when absent or not what was written."""
    try:
        checksum, _, text = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return text if checksum == _sha256(text).encode() else None


def _write(path: Path, text: bytes) -> None:
    write_whole(path, (_sha256(text).encode() + b"\n", text))


def _write_if_other(path: Path, text: bytes) -> None:
    try:
        same = path.read_bytes() == text
    except OSError:
        same = False
    if not same:
        write_whole(path, (text,))
