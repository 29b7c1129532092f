"""Messages with documents about the fictitious people of the official examples."""

from __future__ import annotations

import base64
import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import documents
import hl7_samples

from segur_interop import cda, hl7
from segur_interop.model import LocalId

KINDS: dict[str, Callable[..., bytes]] = {"ORU": hl7.oru, "MDM": hl7.mdm}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
EVERYWHERE = hl7.Actions(destdmp=True, destmssanteps=True, destmssantepat=True)
RELATION = cda.Relation(id=LocalId(root="1.2.3.9"), version=1, set_id=LocalId(root="1.2.3.8"))


def document(*, replaces: bool = False) -> cda.Document:
    """One document, always the same."""
    return _document(replaces)


@functools.cache
def _document(replaces: bool) -> cda.Document:
    changes = {"replaces": RELATION} if replaces else {}
    return documents.wrap(**documents.minimal(**changes))


def arguments(**changes: Any) -> dict[str, Any]:
    """A request to every destination, with who is needed for it."""
    given = {
        "header": hl7_samples.HEADER,
        "actions": EVERYWHERE,
        "sender": documents.SURGEON,
        "recipients": (documents.SURGEON, documents.PATIENT),
        "visit": hl7_samples.visit(location=None),
    }
    return {**given, **changes}


def quiet(**changes: Any) -> dict[str, Any]:
    """A request to nobody, with these changes."""
    nobody = {"actions": hl7.Actions(), "recipients": (), "sender": None}
    return arguments(**{**nobody, **changes})


def octets(kind: str = "ORU", *, replaces: bool = False, **changes: Any) -> bytes:
    return KINDS[kind](document(replaces=replaces), **arguments(**changes))


def edited(data: bytes, path: str, value: str) -> bytes:
    return bytes(hl7.parse(data).replace(path, value))


def carrying(
    value: str, *, kind: str = "ED", status: str = "F", more: tuple[str, ...] = ()
) -> bytes:
    """An ORU of the volet 2.1 with this OBX-5, and nothing else asked."""
    lines = [
        "MSH|^~\\&|SIL|LABO|DPI|CHU|202403061112||ORU^R01^ORU_R01|7|P|2.5|||||FRA|UNICODE UTF-8"
        "|||2.1^CISIS_CDA_HL7_V2",
        hl7_samples.pid(),
        "PV1|1|N",
        "ORC|NW",
        "OBR|1|||11502-2^CR d'examens biologiques^LN",
        f"OBX|1|{kind}|11502-2^CR d'examens biologiques^LN||{value}||||||{status}",
        *more,
    ]
    return ("\r".join(lines) + "\r").encode()


def ed(content: bytes, literal: str = "TEXT^XML^Base64") -> str:
    return f"^{literal}^{base64.b64encode(content).decode()}"


def metadata(**flags: str) -> tuple[str, ...]:
    """The ten OBX, N but for those given."""
    rows = hl7.read_transport(octets(**quiet())).message
    assert rows is not None
    found = []
    for segment in rows["OBX"][1:]:
        code = segment.get("3.1")
        fields = list(segment.fields)
        fields[5] = f"{flags.get(code, 'N')}^^expandedYes-NoIndicator"
        found.append("|".join(fields))
    return tuple(found)


def rules(transport: hl7.Transport) -> set[str]:
    return {finding.rule.removeprefix("hl7.transport.") for finding in transport.findings}


def errors(transport: hl7.Transport) -> set[str]:
    return {
        finding.rule.removeprefix("hl7.transport.")
        for finding in transport.findings
        if finding.severity >= 30
    }


def changed(value: Any, **fields: Any) -> Any:
    return dataclasses.replace(value, **fields)
