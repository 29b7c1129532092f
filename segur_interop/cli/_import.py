"""The commands `verify` and `import --dry-run`: an export received, judged and planned."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segur_interop._source import read_source
from segur_interop.cli._output import (
    DONE,
    REFUSED,
    add_command,
    print_findings,
    print_json,
    print_row,
    read_json,
)
from segur_interop.cli._workers import add_workers
from segur_interop.cli._workers import executor as workers
from segur_interop.errors import InvalidValue
from segur_interop.findings import Severity, Verdict

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

    from segur_interop.export import ImportPlan
    from segur_interop.model import Patient

__all__ = ["commands"]

_MAX_CERTIFICATE: Final = 100_000


def commands(groups: Any) -> None:
    """Declare the commands."""
    parser = add_command(groups, "verify", verify, "is an export whole and unchanged?")
    _received(parser)
    parser.add_argument(
        "--recipient", metavar="FILE", type=Path,
        help="of an encrypted export: the certificate that it is for",
    )  # fmt: skip
    parser.add_argument(
        "--key", metavar="FILE", type=Path,
        help="its private key (PEM, without password); nothing in clear is written",
    )  # fmt: skip
    planned = add_command(groups, "import", import_, "what would become of an export here")
    _received(planned)
    planned.add_argument(
        "--dry-run", action="store_true", required=True,
        help="required: the plan only; to file the documents is your software's",
    )  # fmt: skip
    planned.add_argument(
        "--candidates", metavar="FILE", type=Path,
        help="JSON array of the local patients, as Patient.to_dict() writes them",
    )  # fmt: skip
    planned.add_argument(
        "--shared-domain", metavar="OID", action="append", default=[],
        help="domain whose identifiers name the same person there and here",
    )  # fmt: skip
    planned.add_argument(
        "--acknowledgement", metavar="FILE", type=Path, help="write the receipt, as JSON"
    )


def _received(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="a folder or a zip")
    parser.add_argument(
        "--certificate", metavar="FILE", type=Path, help="of the structure that signed (PEM, DER)"
    )
    add_workers(parser)


def verify(arguments: argparse.Namespace) -> int:
    """Verify; 0 when it passed, 1 when something is wrong or could not be checked."""
    from segur_interop import export

    with workers(arguments.workers) as executor:
        report = export.verify(
            arguments.path,
            certificate=_certificate(arguments.certificate),
            recipient=_recipient(arguments.recipient, arguments.key),
            executor=executor,
        )
    if arguments.json:
        print_json(report.to_dict())
    else:
        print(report)
    return DONE if report else REFUSED


def import_(arguments: argparse.Namespace) -> int:
    """Verify and plan, and do nothing; 1 when the export is not sound."""
    from segur_interop import export

    records = _candidates(arguments.candidates)
    reception = export.receive(arguments.path)
    with workers(arguments.workers) as executor:
        report = export.verify(
            arguments.path, certificate=_certificate(arguments.certificate), executor=executor
        )
    plan = export.import_plan(reception, records, shared_domains=frozenset(arguments.shared_domain))
    told = export.acknowledge(reception, report, plan, received=datetime.now(UTC))
    if arguments.acknowledgement is not None:
        told.save(arguments.acknowledgement)
    if arguments.json:
        print_json({**told.to_dict(), "plan": list(_rows(plan, records))})
    else:
        print_row("verification", report.verdict.value)
        for row in _rows(plan, records):
            print_row(row["place"], _sentence(row))
        for name, count in plan.counts.items():
            print_row(name.lower(), count)
        print_findings(item for item in report if item.severity is Severity.ERROR)
    return DONE if report.verdict is not Verdict.FAILED else REFUSED


def _rows(plan: ImportPlan[Patient], records: list[Patient]) -> Iterator[dict[str, Any]]:
    """One a patient; a local record is told by its rank in the file."""
    ranks = {id(record): rank for rank, record in enumerate(records, start=1)}
    for planned in plan:
        candidate = planned.candidate
        yield {
            "place": planned.place,
            "decision": planned.decision.name,
            "ground": planned.ground.name,
            "record": None if candidate is None else ranks[id(candidate)],
            "others": [ranks[id(item.candidate)] for item in planned.others],
            "items": planned.items,
            "refused": planned.refused,
            "to_qualify": planned.to_qualify,
            "findings": [item.to_dict() for item in planned.findings],
        }


def _sentence(row: dict[str, Any]) -> str:
    record = "" if row["record"] is None else f", record {row['record']}"
    refused = f", {row['refused']} refused" if row["refused"] else ""
    return f"{row['decision']} ({row['ground']}{record}), {row['items']} item(s){refused}"


def _candidates(path: Path | None) -> list[Patient]:
    from segur_interop.model import Patient

    if path is None:
        return []
    data = read_json(path, "candidates")
    if not isinstance(data, list):
        raise InvalidValue("a JSON array is expected", place="candidates")
    return [Patient.from_dict(item) for item in data]


def _certificate(path: Path | None) -> Certificate | None:
    if path is None:
        return None
    from cryptography import x509

    octets = read_source(path, max_bytes=_MAX_CERTIFICATE, error=InvalidValue)
    try:
        if octets.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_certificate(octets)
        return x509.load_der_x509_certificate(octets)
    except ValueError:
        raise InvalidValue("no certificate", place="certificate") from None


def _recipient(path: Path | None, key: Path | None) -> tuple[Certificate, RSAPrivateKey] | None:
    certificate = _certificate(path)
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise InvalidValue("a certificate and its key go together", place="key")
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    octets = read_source(key, max_bytes=_MAX_CERTIFICATE, error=InvalidValue)
    try:
        secret = load_pem_private_key(octets, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidValue("no private key in PEM without password", place="key") from None
    if not isinstance(secret, RSAPrivateKey):
        raise InvalidValue("an RSA key is needed", place="key")
    return certificate, secret
