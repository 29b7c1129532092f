"""INDEX.HTM and README.TXT: what a person finds who opens the archive without any software.

(IHE ITI TF-2 3.32.4.1.2; ANS, Portabilité des données LGC, structure de l'archive: README.TXT in
7-bit ASCII with CRLF, INDEX.HTM in XHTML that names the issuing structure.) No patient is named,
and no title of a document, which may name one.
"""

from __future__ import annotations

import functools
import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from segur_interop.model import Organization, Telecom

__all__ = ["Listed", "Software", "ascii_text", "index_htm", "readme_txt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """The software that makes the archive, named in README.TXT.

    Attributes:
        name, version, vendor: as its users know it.
    """

    name: str
    version: str = ""
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as INDEX.HTM lists it.

    Attributes:
        name: in the lot folder.
        kind: label of its typeCode, or "".
        day: `DD/MM/YYYY`, or "".
    """

    name: str
    kind: str
    day: str


_LETTERS: Final = str.maketrans(
    {
        "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ð": "d",
        "Ð": "D", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "þ": "th", "Þ": "TH", "’": "'",
        "‘": "'", "«": '"', "»": '"', "“": '"', "”": '"', "–": "-", "—": "-", "…": "...",
        "€": "EUR", "\u00b4": "'",
    }
)  # fmt: skip


def ascii_text(text: str) -> str:
    """The text in 7-bit ASCII on one line: letters without their accents, `?` for the rest."""
    text = " ".join(text.split())
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return bare.encode("ascii", "replace").decode()


@functools.lru_cache(maxsize=16)
def readme_txt(
    source: Organization, software: Software, folder: str, files: tuple[str, ...]
) -> str:
    """The text of README.TXT, ASCII, lines ended by CRLF."""
    lines = [
        *_titled("Emetteur :", _sender(source)),
        *_titled(
            "Application de l'emetteur :",
            [
                (". Nom", software.name),
                (". Version", software.version),
                (". Editeur", software.vendor),
            ],
        ),
        "Instructions :",
        "==============",
        "    Consultez les documents dans votre logiciel de professionnel de sante.",
        "    Les fichiers DOCnnnn.XML sont des documents CDA R2 ; METADATA.XML les decrit.",
        "",
        "Arborescence :",
        "==============",
        "    README.TXT",
        "    INDEX.HTM",
        "    IHE_XDM",
        f"        {folder}",
        *(f"            {name}" for name in ("METADATA.XML", *files)),
        "",
    ]
    return "\r\n".join(map(_kept, lines))


def _kept(line: str) -> str:
    indent = len(line) - len(line.lstrip())
    return " " * indent + ascii_text(line)


def _titled(title: str, rows: list[tuple[str, str]]) -> list[str]:
    told = [f"    {name} : {text}" for name, text in rows if text]
    return [title, "=" * len(title), *told, ""]


def _sender(source: Organization) -> list[tuple[str, str]]:
    rows = [(". Organisme", _named(source))]
    for address in source.addresses:
        rows.append((". Adresse", ", ".join(address.as_lines().lines)))
    rows += [(". Contact", _spelt(item)) for item in source.telecoms]
    return rows


def _named(source: Organization) -> str:
    name = source.name or source.idnat or source.oid
    return f"{name} ({source.idnat})" if source.name and source.idnat else name


def _spelt(item: Telecom) -> str:
    return item.value


_PAGE: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" \
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr" lang="fr">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>Documents de sant&#233;</title>
<style type="text/css">
body {{ font-family: sans-serif; margin: 2em; max-width: 50em; line-height: 1.4; }}
table {{ border-collapse: collapse; }}
th, td {{ border: 1px solid #999; padding: 0.3em 0.8em; text-align: left; }}
</style>
</head>
<body>
<h1>Documents de sant&#233;</h1>
<p>&#201;metteur&#160;: <strong>{source}</strong></p>
<p>Ces documents rel&#232;vent du secret m&#233;dical. Ils sont destin&#233;s au patient et aux \
professionnels qui participent &#224; sa prise en charge.</p>
<p>Voir le fichier <a href="README.TXT">README.TXT</a>.</p>
<table>
<thead><tr><th>Fichier</th><th>Nature</th><th>Date</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""


def index_htm(source: Organization, folder: str, files: Sequence[Listed]) -> str:
    """The text of INDEX.HTM, valid XHTML 1.0 Strict in ASCII, lines ended by CRLF."""
    rows = "\n".join(
        f'<tr><td><a href="IHE_XDM/{folder}/{item.name}">{item.name}</a></td>'
        f"<td>{_entities(item.kind)}</td><td>{_entities(item.day)}</td></tr>"
        for item in files
    )
    page = _PAGE.format(source=_entities(_named(source)), rows=rows)
    return page.replace("\n", "\r\n")


def _entities(text: str) -> str:
    """Escaped, in ASCII: the page reads the same whatever encoding is guessed."""
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode()
