"""The only exceptions that cross a public entry point.

    SegurError
     ├─ InvalidValue             a model, a time or an OID          (is a ValueError)
     ├─ XmlError                 XML that is not safe or not XML    (is a ValueError)
     ├─ IdentityError
     │   ├─ InvalidMatricule     shape of a matricule INS           (is a ValueError)
     │   ├─ InvalidDatamatrix    a payload that is no INS symbol    (is a ValueError)
     │   └─ IdentityNotQualified this identity may not carry a matricule
     ├─ TerminologyError
     │   ├─ UnknownCode          not in its value set               (is a ValueError)
     │   └─ UnknownValueSet      no table of that name              (is a LookupError)
     ├─ PdfError
     │   └─ NotPdfA              with .report                       (is a ValueError)
     ├─ DocumentError
     │   └─ InvalidDocument      with .report                       (is a ValueError)
     ├─ ArchiveError
     │   └─ UnsafeArchive        a bomb, a path trick, a duplicate  (is a ValueError)
     ├─ MessageError             an HL7 v2 message                  (is a ValueError)
     │   └─ UnsupportedMessage
     ├─ ServiceError
     │   ├─ ServiceUnavailable   nothing was answered
     │   └─ ServiceRejected      answered no, with the national .code
     ├─ ExportError
     ├─ CheckNotRun              a check that did not run did not pass
     └─ MissingDependency        what to install                    (is an ImportError)

`OSError` of an unusable path and `TypeError` of a wrong argument type pass unchanged.
A message says where, never who: no trait, matricule or document text is ever in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segur_interop.findings import Report

__all__ = [
    "ArchiveError",
    "CheckNotRun",
    "DocumentError",
    "ExportError",
    "IdentityError",
    "IdentityNotQualified",
    "InvalidDatamatrix",
    "InvalidDocument",
    "InvalidMatricule",
    "InvalidValue",
    "MessageError",
    "MissingDependency",
    "NotPdfA",
    "PdfError",
    "SegurError",
    "ServiceError",
    "ServiceRejected",
    "ServiceUnavailable",
    "TerminologyError",
    "UnknownCode",
    "UnknownValueSet",
    "UnsafeArchive",
    "UnsupportedMessage",
    "XmlError",
]


class SegurError(Exception):
    """Base of every error of this library.

    Attributes:
        place: where in the input (field path, XPath, segment-field, offset), or "".
        report: the Report that led to the error, or None.
    """

    def __init__(self, message: str, *, place: str = "", report: Report | None = None) -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place
        self.report = report

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a process pool: the message already holds the place."""
        return (_rebuild, (type(self), self.args, self.__dict__))


def _rebuild(
    kind: type[SegurError], args: tuple[object, ...], state: dict[str, object]
) -> SegurError:
    error = kind.__new__(kind, *args)
    super(SegurError, error).__init__(*args)
    error.__dict__.update(state)
    return error


class InvalidValue(SegurError, ValueError):
    """A value that no conformant output could carry; `place` is its field path."""


class XmlError(SegurError, ValueError):
    """Bytes that are not well-formed XML, or XML that this library refuses to open."""


class IdentityError(SegurError):
    """Something about a patient's identity."""


class InvalidMatricule(IdentityError, ValueError):
    """Not the shape of a matricule INS, or a wrong key where one is to be written."""


class InvalidDatamatrix(IdentityError, ValueError):
    """A payload that does not follow the Datamatrix INS grammar; `place` is the position."""


class IdentityNotQualified(IdentityError):
    """The identity may not carry its matricule; `report` lists every obstacle."""


class TerminologyError(SegurError):
    """Something about codes and value sets."""


class UnknownCode(TerminologyError, ValueError):
    """A code that is not in the value set the place asks for."""


class UnknownValueSet(TerminologyError, LookupError):
    """No bundled value set has this name or OID."""


class PdfError(SegurError):
    """A PDF that cannot be used."""


class NotPdfA(PdfError, ValueError):
    """A PDF that is not PDF/A-1b; `report` names the clauses of ISO 19005-1."""


class DocumentError(SegurError):
    """Something about a CDA document."""


class InvalidDocument(DocumentError, ValueError):
    """A CDA document that cannot be written or is none; `report` lists all defects."""


class ArchiveError(SegurError):
    """Something about an IHE_XDM archive."""


class UnsafeArchive(ArchiveError, ValueError):
    """An archive that is refused before anything is decompressed beyond the caps."""


class MessageError(SegurError, ValueError):
    """An HL7 v2 message that cannot be read or written."""


class UnsupportedMessage(MessageError):
    """A message type, event or version that this library does not handle."""


class ServiceError(SegurError):
    """Something about a national service."""


class ServiceUnavailable(ServiceError):
    """The service gave no usable answer; trying again later may succeed."""


class ServiceRejected(ServiceError):
    """The service answered no.

    Attributes:
        code: the national error code as received.
    """

    def __init__(
        self, message: str, *, code: str, place: str = "", report: Report | None = None
    ) -> None:
        super().__init__(message, place=place, report=report)
        self.code = code


class ExportError(SegurError):
    """A portability export that cannot start, continue or be trusted."""


class CheckNotRun(SegurError):
    """A check could not run; it therefore did not pass. `report` says which and why."""


class MissingDependency(SegurError, ImportError):
    """An optional library or program is absent; the message says what to install."""
