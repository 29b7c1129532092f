"""The report of integrity and volumetry, for machines and for people."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any, Final

from segur_interop.export._tally import DIMENSIONS
from segur_interop.export.manifest import Manifest

__all__ = ["as_html", "as_json", "gathered"]

BUCKETS: Final = ("found", "excluded", "selected", "written", "refused")
_TITLES: Final = {
    "found": "lus dans la source",
    "excluded": "exclus par la demande",
    "selected": "à exporter",
    "written": "écrits",
    "refused": "refusés",
}
_SPLITS: Final = {"type": "Par type", "year": "Par année", "professional": "Par professionnel"}


def gathered(manifest: Manifest, counts: Mapping[str, int]) -> dict[str, Any]:
    """Every count of the export, split by type, year and professional."""
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


PAGE: Final = """\
<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; margin: 1.5em auto; padding: 0 1em; max-width: 72em;
 line-height: 1.45; color: #1a1a1a; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.5em; }} h2 {{ font-size: 1.15em; margin-top: 1.6em; }}
a {{ color: #0b4f9e; }}
div {{ overflow-x: auto; }}
table {{ border-collapse: collapse; margin: 0.5em 0 1em; overflow-wrap: normal; }}
th, td {{ border: 1px solid #999; padding: 0.3em 0.7em; text-align: left; vertical-align: top; }}
th {{ background: #eef2f6; }}
tbody tr:nth-child(even) {{ background: #f8f9fb; }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def page(title: str, body: str) -> bytes:
    """A page without script, in ASCII: it reads the same whatever encoding is guessed."""
    text = PAGE.format(title=html.escape(title), body=body)
    return text.encode("ascii", "xmlcharrefreplace")


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A table; every text is escaped."""
    titles = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in head)
    lines = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    top = f"<thead><tr>{titles}</tr></thead>"
    return f'<div tabindex="0"><table>\n{top}\n<tbody>\n{lines}\n</tbody>\n</table></div>'


def as_html(report: Mapping[str, Any]) -> bytes:
    """REPORT.HTM."""
    announced = report["announced"]
    rows: list[tuple[object, ...]] = [
        ("annoncés par la source", "non compté" if announced is None else announced)
    ]
    rows += [(_TITLES[name], report[name]) for name in BUCKETS]
    parts = [
        f"<p>Export {report['export_id']} du {report['extract_time']}, statut {report['status']}."
        f" Bilan {'exact' if report['is_exact'] else 'INEXACT'}.</p>",
        table(("Éléments", "Nombre"), rows),
        table(
            ("Patients", "Nombre"),
            [
                ("avec archive", report["patients"]["with_archive"]),
                ("sans élément à exporter", report["patients"]["without_archive"]),
            ],
        ),
    ]
    for bucket, found in report["why"].items():
        if found:
            parts.append(f"<h2>{html.escape(_TITLES[bucket].capitalize())}</h2>")
            parts.append(table(("Motif", "Nombre"), list(found.items())))
    head = tuple(_TITLES[name] for name in BUCKETS)
    for name, title in _SPLITS.items():
        lines: list[tuple[object, ...]] = [
            (value, *(counts[bucket] for bucket in BUCKETS))
            for value, counts in report["by"][name].items()
        ]
        parts += [f"<h2>{title}</h2>", table((title.partition(" ")[2], *head), lines)]
    lots: list[tuple[object, ...]] = [
        (lot["name"], lot["patients"], lot["items"], lot["size"]) for lot in report["lots"]
    ]
    parts += ["<h2>Lots</h2>", table(("Lot", "Patients", "Fichiers", "Octets"), lots)]
    return page("Rapport d'intégrité et de volumétrie", "\n".join(parts))
