"""INDEX.HTM, its pages and README.TXT: for a person who has a browser and nothing else.

A page lists the patients of a stretch of the alphabet, each with their documents and a link to
their archive; a browser searches within it. There is no script: pages that hold identities run
nothing. Sorting is done on disk.
"""

from __future__ import annotations

import html
import json
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from segur_interop.export import layout
from segur_interop.export._files import Hashed, create
from segur_interop.export._html import page
from segur_interop.export._journal import Journal
from segur_interop.export._wording import STATUSES, TYPES, counted, day, moment
from segur_interop.export.manifest import Manifest
from segur_interop.xdm._index import ascii_text

__all__ = ["write"]

PER_PAGE: Final = 100
Write = Callable[[str, Callable[[Hashed], object]], object]


@dataclass(frozen=True, slots=True)
class _Page:
    name: str
    first: str
    last: str
    patients: int


def write(journal: Journal, manifest: Manifest, write: Write) -> None:
    """Write the index.

    Args:
        journal: whose spools are complete.
        manifest: what the index says of the export.
        write: writes a file of the export.

    Raises:
        OSError: the folder cannot be written.
    """
    path = journal.folder / "index.db"
    path.unlink(missing_ok=True)
    create(path).close()
    with closing(sqlite3.connect(path)) as database, journal.spool("lines").open("rb") as lines:
        _fill(database, journal)
        pages = [_page(held, rank, lines, write) for rank, held in enumerate(_pages(database), 1)]
    text = _entrance(manifest, pages)
    write(layout.INDEX, lambda stream: stream.write(text))
    readme = _readme(manifest)
    write(layout.README, lambda stream: stream.write(readme))


def _fill(database: sqlite3.Connection, journal: Journal) -> None:
    """Every patient with where their lines are in the catalogue."""
    database.execute("PRAGMA journal_mode=OFF")
    database.execute("PRAGMA synchronous=OFF")
    database.execute("CREATE TABLE patient (key TEXT, rank INTEGER, told TEXT, start INTEGER)")
    database.executemany("INSERT INTO patient VALUES (?, ?, ?, ?)", _rows(journal))
    database.execute("CREATE INDEX sorted ON patient (key, rank)")


def _rows(journal: Journal) -> Iterator[tuple[str, int, str, int]]:
    with (
        journal.spool("patients").open(encoding="utf-8", newline="\n") as patients,
        journal.spool("lines").open("rb") as lines,
    ):
        for text in patients:
            start = lines.tell()
            told = json.loads(text)
            for _ in range(told["items"]):
                lines.readline()
            yield _sort_key(told), told["patient"], text, start


def _sort_key(told: dict[str, Any]) -> str:
    names = (told["nom_naissance"], told["nom_utilise"], told["prenoms"], told["date_naissance"])
    plain = unicodedata.normalize("NFKD", " ".join(name or "" for name in names)).casefold()
    return "".join(sign for sign in plain if sign.isalnum() or sign == " ")


Held = list[tuple[dict[str, Any], int]]


def _pages(database: sqlite3.Connection) -> Iterator[Held]:
    held: Held = []
    for text, start in database.execute("SELECT told, start FROM patient ORDER BY key, rank"):
        held.append((json.loads(text), start))
        if len(held) == PER_PAGE:
            yield held
            held = []
    if held:
        yield held


def _page(held: Held, rank: int, lines: BinaryIO, write: Write) -> _Page:
    name = f"{layout.INDEX_PAGES}/P{rank:07d}.HTM"
    rows = "\n".join(_patient(told, start, lines) for told, start in held)
    first, last = (held[at][0]["nom_naissance"] or "(sans nom)" for at in (0, -1))
    body = f"""\
<p><a href="../{layout.INDEX}">Retour</a></p>
<p>{html.escape(first)} \u2013 {html.escape(last)} : {counted(len(held), "patient")}.</p>
<p>Pour trouver un patient dans cette page : Ctrl+F (Cmd+F). Ouvrez l'archive d'un patient : elle
contient ses documents et une page INDEX.HTM qui les liste.</p>
<div tabindex="0"><table class="cards">
<thead><tr>{_HEAD}</tr></thead>
<tbody>
{rows}
</tbody>
</table></div>"""
    octets = page(f"Patients, page {rank}", body)
    write(name, lambda stream: stream.write(octets))
    return _Page(name, first, last, len(held))


_TITLES: Final = (
    "Nom de naissance", "Prénoms", "Nom utilisé", "Né(e) le", "Sexe", "Archive",
    "Documents",
)  # fmt: skip
_HEAD: Final = "".join(f'<th scope="col">{title}</th>' for title in _TITLES)


def _patient(told: dict[str, Any], start: int, lines: BinaryIO) -> str:
    birth = day(told["date_naissance"] or told["date_naissance_recue"] or "")
    cells = (told["nom_naissance"], told["prenoms"], told["nom_utilise"], birth, told["sexe"])
    shown = "".join(
        f'<td data-told="{title}">{html.escape(cell or "")}</td>'
        for title, cell in zip(_TITLES, cells, strict=False)
    )
    if not told["archive"]:
        return f"<tr>{shown}<td></td><td>aucun document à exporter</td></tr>"
    place = f"{told['lot']}/{told['archive']}"
    lines.seek(start)
    documents = "".join(_document(lines.readline()) for _ in range(told["items"]))
    return (
        f'<tr>{shown}<td><a href="../{place}">{place}</a></td>'
        f"<td><details><summary>{counted(told['items'], 'document')}</summary>"
        f"<ul>{documents}</ul></details></td></tr>"
    )


def _document(line: bytes) -> str:
    told = json.loads(line)
    kind = told["type"] or {}
    texts = (
        day((told["date_production"] or "")[:8]) or "sans date",
        kind.get("label") or kind.get("code") or "sans type",
        told["title"] or "",
        told["path_in_archive"].rpartition("/")[2],
    )
    return f"<li>{html.escape(', '.join(filter(None, texts)))}</li>"


def _entrance(manifest: Manifest, pages: list[_Page]) -> bytes:
    balance = manifest.balance
    links = "\n".join(
        f'<li><a href="{item.name}">{html.escape(item.first)} \u2013 {html.escape(item.last)}</a>'
        f" ({counted(item.patients, 'patient')})</li>"
        for item in pages
    )
    lots = "\n".join(
        f"<li>{lot.name}\u00a0: {counted(lot.patients, 'patient')}, "
        f"{counted(lot.items, 'fichier')}</li>"
        for lot in manifest.lots
    )
    body = f"""\
<p>{html.escape(manifest.editor.name)}. {TYPES[manifest.export_type]}, fait le
{moment(manifest.extract_time)}.</p>
<p><strong>{STATUSES[manifest.status]}</strong></p>
<p>Ces documents relèvent du secret médical.</p>
<p>{counted(balance.written, "élément")} de {counted(manifest.patients, "patient")} ;
{counted(balance.refused, "élément refusé", "éléments refusés")} ;
{counted(manifest.patients_without_archive, "patient")} sans élément.</p>
<p><a href="{layout.REPORT_HTML}">Rapport d'intégrité et de volumétrie</a>,
<a href="{layout.GUIDE}">guide</a>, <a href="{layout.README}">README</a>.</p>
<h2>Patients, par nom de naissance</h2>
<ul>
{links}
</ul>
<h2>Lots</h2>
<ul>
{lots}
</ul>"""
    return page("Export de portabilité", body)


def _readme(manifest: Manifest) -> bytes:
    lines = [
        "Export de portabilite",
        "=====================",
        f"Emetteur : {manifest.editor.name}",
        f"Logiciel : {manifest.software} {manifest.version}",
        f"Export : {manifest.export_id}, {manifest.extract_time.isoformat()}",
        f"Statut : {manifest.status}",
        "",
        "INDEX.HTM     liste des patients, a ouvrir dans un navigateur, sans connexion",
        "MANIFEST.XML  description de l'export et de ses archives",
        "CATALOG.JSL   une ligne JSON par document ; CATALOG.CSV : la meme, pour un tableur",
        "PATIENTS.JSL  une ligne JSON par patient",
        "REPORT.HTM    rapport d'integrite et de volumetrie ; REPORT.JSN : le meme",
        "REJECTS.JSL   documents dus et absents, avec le motif",
        "EXCLUDED.JSL  documents exclus par la demande, avec la regle",
        "CHECKSUM.TXT  SHA-256 de chaque fichier : sha256sum -c CHECKSUM.TXT",
        "DOCEXP        guide, dictionnaire, schema, exemple",
        "LOTnnnnn      PATnnnnn.ZIP : l'archive IHE_XDM d'un patient ; ouvrir, puis INDEX.HTM",
        "",
    ]
    return "\r\n".join(map(ascii_text, lines)).encode("ascii")
