"""check() and check_many(): documents in, reports out."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Final, Protocol, TypeAlias, runtime_checkable

from lxml import etree

from segur_interop._source import read_source
from segur_interop._types import check_seconds
from segur_interop._xml import MAX_BYTES, parse
from segur_interop.conformance._kit import Kit, clinical_document
from segur_interop.conformance._session import Session
from segur_interop.errors import CheckNotRun, InvalidDocument, XmlError
from segur_interop.findings import Finding, Report, Severity

__all__ = ["DEFAULT_TIMEOUT", "Checked", "HasBytes", "check", "check_many"]

DEFAULT_TIMEOUT: Final = 300.0
"""Seconds for one stage. The longest is the first compilation of the minimal structure."""

_NAME: Final = "CI-SIS conformance"
_XML: Final = "XML"


@runtime_checkable
class HasBytes(Protocol):
    """Anything whose `bytes()` are its exact octets, such as a document of this library."""

    def __bytes__(self) -> bytes: ...


Checked: TypeAlias = "bytes | str | os.PathLike[str] | HasBytes"


def check(
    document: Checked,
    kit: str | os.PathLike[str],
    *,
    cache: str | os.PathLike[str] | None = None,
    timeout: float | None = DEFAULT_TIMEOUT,
) -> Report:
    """The official verdict on one CDA document.

    The document is judged by the schema of the kit, its five general schematrons and, for a
    structured body, the schematron of each volet that its templateIds name. Processing
    instructions of the document are not followed. The report quotes nothing of the document:
    a message is the static text of the assertion, a place is an XPath.

    Args:
        document: its octets, the path of its file, or anything whose `bytes()` are its octets.
        kit: folder of the ANS CDA kit, with `infrastructure`, `schematrons` and
            `jeuxDeValeurs`; never written.
        cache: folder of the compiled stylesheets, shared by any number of processes; by default
            `segur-interop/conformance` in the user's cache folder.
        timeout: seconds that one stage may take, loading included; None for no limit.

    Returns:
        A report with one part for each stage. INCOMPLETE, with the reason, when a stage could
        not run: no kit, no saxonche, an abort or a time-out of the engine, a file that the kit
        lacks. Its `raise_for_errors()` raises InvalidDocument or CheckNotRun.

    Raises:
        OSError: a path given for the document or the cache cannot be used.
        TypeError: a document that is no source, a timeout that is no number.
        InvalidValue: a timeout that is no number of seconds above 0.
    """
    return next(check_many((document,), kit, cache=cache, timeout=timeout))


def check_many(
    documents: Iterable[Checked],
    kit: str | os.PathLike[str],
    *,
    cache: str | os.PathLike[str] | None = None,
    timeout: float | None = DEFAULT_TIMEOUT,
) -> Iterator[Report]:
    """The official verdict on each document, by one process for all.

    Loading the stylesheets takes about ten seconds, a document then less than one: many
    documents belong in one call. Arguments and errors are those of `check`; documents are
    read one at a time, as the iterator advances.
    """
    if timeout is not None:
        check_seconds(timeout, "timeout")
    return _check_many(documents, kit, cache=cache, timeout=timeout)


def _check_many(
    documents: Iterable[Checked],
    kit: str | os.PathLike[str],
    *,
    cache: str | os.PathLike[str] | None,
    timeout: float | None,
    command: Sequence[str] | None = None,
) -> Iterator[Report]:
    try:
        opened: Kit | str = Kit(kit)
    except CheckNotRun as error:
        opened = str(error)
    with ExitStack() as stack:
        session: Session | None = None
        for document in documents:
            root, reading = _read(document)
            if root is None:
                yield _report([reading])
            elif isinstance(opened, str):
                yield _report([reading], not_run=[opened])
            else:
                if session is None:
                    folder = _cache_folder(cache, stack)
                    session = stack.enter_context(
                        Session(opened, folder, timeout=timeout, command=command)
                    )
                yield _judge(opened, session, root, reading)


def _judge(kit: Kit, session: Session, root: etree._Element, reading: Report) -> Report:
    stages, lacking = kit.stages(root)
    octets = etree.tostring(root, encoding="utf-8", with_tail=False)
    parts = [reading]
    for stage, outcome in session.run(octets, stages):
        name = PurePosixPath(stage).name
        nothing = outcome.not_run and not outcome.findings
        parts.append(
            Report(
                name=name,
                checked=() if nothing else (name,),
                findings=tuple(outcome.findings),
                not_run=tuple(f"{name}: {reason}" for reason in outcome.not_run),
                error=InvalidDocument,
            )
        )
    return _report(parts, not_run=lacking)


def _report(parts: Sequence[Report], *, not_run: Sequence[str] = ()) -> Report:
    return Report(name=_NAME, parts=tuple(parts), not_run=tuple(not_run), error=InvalidDocument)


def _read(document: Checked) -> tuple[etree._Element | None, Report]:
    """The ClinicalDocument, and the report of the XML stage."""
    found: list[Finding] = []
    root: etree._Element | None = None
    try:
        root, wrapped = clinical_document(parse(_octets(document)))
    except XmlError as error:
        text = str(error).removeprefix(f"{error.place}: ")
        found.append(_finding("conformance.xml", text, Severity.ERROR, error.place))
    else:
        if root is None:
            text = "no ClinicalDocument in the namespace urn:hl7-org:v3"
            found.append(_finding("conformance.root", text, Severity.ERROR))
        elif wrapped:
            text = "the ClinicalDocument is inside another root: it alone is judged"
            found.append(_finding("conformance.wrapped", text, Severity.INFO))
    report = Report(name=_XML, checked=(_XML,), findings=tuple(found), error=InvalidDocument)
    return root, report


def _finding(rule: str, message: str, severity: Severity, place: str = "") -> Finding:
    return Finding(rule=rule, message=message, severity=severity, place=place)


def _octets(document: Checked) -> bytes:
    if isinstance(document, (bytes, bytearray, memoryview, str, os.PathLike)):
        return read_source(document, max_bytes=MAX_BYTES, error=XmlError)
    if isinstance(document, HasBytes):
        return bytes(document)
    raise TypeError(
        f"a document is bytes, a str path, a path, or has __bytes__, not {type(document).__name__}"
    )


def _cache_folder(cache: str | os.PathLike[str] | None, stack: ExitStack) -> Path:
    """The folder of the cache; a temporary one when the default cannot be written."""
    if cache is not None:
        try:
            folder = Path(cache).resolve()
        except ValueError:  # a null, or a character that no path holds
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL)) from None
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder
    try:
        folder = _user_cache() / "segur-interop" / "conformance"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.access(folder, os.W_OK):
            return folder
    except (OSError, RuntimeError):  # RuntimeError: a user without home
        pass
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segur-interop-")))


def _user_cache() -> Path:
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    return Path(named) if named and Path(named).is_absolute() else Path.home() / ".cache"
