"""The report of integrity and volumetry, for machines and for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from segur_interop.export._documentation import EXCLUSIONS, REFUSALS
from segur_interop.export._html import page, table
from segur_interop.export._tally import DIMENSIONS, NONE
from segur_interop.export._wording import STATUSES, counted, moment, professional, type_label
from segur_interop.export.manifest import ExportStatus, Manifest

__all__ = ["as_html", "as_json", "gathered"]

BUCKETS: Final = ("found", "excluded", "selected", "written", "refused")
_TITLES: Final = {
    "found": "lus dans la source",
    "excluded": "exclus par la demande",
    "selected": "à exporter",
    "written": "écrits",
    "refused": "refusés",
}
_SPLITS: Final[tuple[tuple[str, str, str, str, Callable[[str], str]], ...]] = (
    ("type", "Par type", "Type", "sans type", type_label),
    ("year", "Par année", "Année", "sans date", str),
    ("professional", "Par professionnel", "Professionnel", "sans numéro", professional),
)
_REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "excluded": {str(why): told for why, told in EXCLUSIONS.items()},
    "refused": {str(why): told for why, told in REFUSALS.items()},
}


def gathered(manifest: Manifest, counts: Mapping[str, int], *, absent: int = 0) -> dict[str, Any]:
    """Every count of the export, split by type, year and professional.

    Args:
        manifest: of the export.
        counts: of items, `bucket|dimension|value`.
        absent: patients asked for that the source does not have.
    """
    balance = manifest.balance
    split: dict[str, dict[str, dict[str, int]]] = {name: {} for name in DIMENSIONS}
    why: dict[str, dict[str, int]] = {"excluded": {}, "refused": {}}
    for key, count in sorted(counts.items()):
        parts = key.split("|", 2)
        if len(parts) < len(("bucket", "dimension", "value")):
            continue
        first, second, value = parts
        if first == "why":
            why[second][value] = count
        else:
            split[second].setdefault(value, dict.fromkeys(BUCKETS, 0))[first] = count
    return {
        "version": 1,
        "export_id": manifest.export_id,
        "extract_time": manifest.extract_time.isoformat(),
        "status": manifest.status,
        "request_sha256": manifest.request_sha256,
        "announced": balance.announced,
        **{name: getattr(balance, name) for name in BUCKETS},
        "is_exact": balance.is_exact,
        "patients": {
            "with_archive": manifest.patients,
            "without_archive": manifest.patients_without_archive,
            "absent": absent,
        },
        "lots": [
            {"name": lot.name, "patients": lot.patients, "items": lot.items, "size": lot.size}
            for lot in manifest.lots
        ],
        "why": why,
        "by": split,
    }


def as_json(report: Mapping[str, Any]) -> bytes:
    """REPORT.JSN."""
    return json.dumps(report, ensure_ascii=False, indent=1).encode() + b"\n"


def as_html(report: Mapping[str, Any]) -> bytes:
    """REPORT.HTM."""
    announced, status = report["announced"], ExportStatus(report["status"])
    rows: list[tuple[object, ...]] = [
        ("annoncés par la source", "non comptés" if announced is None else announced)
    ]
    rows += [(_TITLES[name], report[name]) for name in BUCKETS]
    at = moment(datetime.fromisoformat(report["extract_time"]))
    parts = [
        f"<p>Export du {at}, numéro {report['export_id']}.</p>",
        f"<p><strong>{STATUSES[status]}</strong> {_balance(report)}</p>",
        table(("Éléments", "Nombre"), rows),
        table(
            ("Patients", "Nombre"),
            [
                ("avec archive", report["patients"]["with_archive"]),
                ("sans élément à exporter", report["patients"]["without_archive"]),
                ("demandés et absents de la source", report["patients"]["absent"]),
            ],
        ),
    ]
    for bucket, found in report["why"].items():
        if found:
            parts.append(f"<h2>{_TITLES[bucket].capitalize()}</h2>")
            told = _REASONS[bucket]
            reasons: list[tuple[object, ...]] = [
                (told.get(why, why), why, count) for why, count in found.items()
            ]
            parts.append(table(("Motif", "Code", "Nombre"), reasons))
    parts += [_split(report["by"], *told) for told in _SPLITS]
    lots: list[tuple[object, ...]] = [
        (lot["name"], lot["patients"], lot["items"], lot["size"]) for lot in report["lots"]
    ]
    parts += ["<h2>Lots</h2>", table(("Lot", "Patients", "Fichiers", "Octets"), lots)]
    return page("Rapport d'intégrité et de volumétrie", "\n".join(parts))


def _balance(report: Mapping[str, Any]) -> str:
    if not report["is_exact"]:
        return "Le bilan n'est pas exact : les nombres ci-dessous ne s'accordent pas."
    refused = report["refused"]
    end = f", {counted(refused, 'refusé')}." if refused else ", aucun refusé."
    return f"Bilan exact : {counted(report['written'], 'élément écrit', 'éléments écrits')}{end}"


def _split(
    by: Mapping[str, Mapping[str, Mapping[str, int]]],
    name: str,
    title: str,
    head: str,
    none: str,
    label: Callable[[str], str],
) -> str:
    """The counts by one dimension, in order, what has no value last."""
    counts = by[name]
    lines: list[tuple[object, ...]] = [
        (none if value == NONE else label(value), *(counts[value][bucket] for bucket in BUCKETS))
        for value in sorted(counts, key=lambda value: (value == NONE, value))
    ]
    titles = (_TITLES[name].capitalize() for name in BUCKETS)
    return f"<h2>{title}</h2>\n{table((head, *titles), lines)}"
