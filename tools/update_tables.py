"""Make `segur_interop/terminology/data/*.json`, and their list in the docs, from official tables.

    python tools/update_tables.py [--official DIR] [--tables DIR] [--check]

Three kinds of source, none of which is copied into the package, only its facts (codes, systems,
labels, dates):

* the value sets of the ANS CDA kit, `<official>/ans-kit/jeuxDeValeurs/*.xml` (IHE SVS);
* CSV tables read from the published NOS, `<tables>/*.csv`;
* `tools/transcribed/*.csv`, facts typed from a NOS page that neither of the two holds.

What is bundled, and from which source, is listed in `table_sources.py`. The output is the same on
every run. `--check` writes nothing, names the files that differ and exits 1; without the source
folders it says so and exits 0.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from table_sources import (
    ASS_A11,
    ASS_A12,
    ASS_X04,
    ASS_X16,
    CSV_TWINS,
    CSV_VALUE_SETS,
    KIT_SOURCE,
    KIT_VALUE_SETS,
    SYSTEMS_LEFT_BLANK,
    XDM_EXAMPLES,
    XDS_SD_TEMPLATE,
    Table,
)

REPOSITORY = Path(__file__).resolve().parent.parent
DATA = REPOSITORY / "segur_interop" / "terminology" / "data"
TRANSCRIBED = REPOSITORY / "tools" / "transcribed"
INDEX = "index.json"
PAGE = REPOSITORY / "docs" / "terminology.md"
PAGE_MARKS = ("<!-- made by tools/update_tables.py -->\n", "<!-- end -->\n")

Json = dict[str, Any]


class SourceError(Exception):
    """A source that is not what this tool expects."""


# -- reading ------------------------------------------------------------------------------------


def day(text: str | None) -> str | None:
    """`20240927120000` or `2024-09-27T12:00:00+01:00` as `2024-09-27`; None when empty."""
    digits = (text or "").replace("-", "")[:8]
    if not digits:
        return None
    if len(digits) != 8 or not digits.isdigit():
        raise SourceError(f"not a date: {text!r}")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def without_nothing(**fields: str | None) -> Json:
    """The fields that say something."""
    return {key: value for key, value in fields.items() if value is not None}


def unique(rows: list[Json], where: str) -> list[Json]:
    """The rows themselves; the same code of the same system twice is an error of the source."""
    keys = [(row["code"], row["system"]) for row in rows]
    if len(keys) != len(set(keys)) or not rows:
        raise SourceError(f"{where}: a code twice, or no code at all")
    return rows


def read_svs(path: Path) -> Json:
    """A value set of the kit."""
    octets = path.read_bytes()
    ns = "{urn:ihe:iti:svs:2008}"
    sets = ElementTree.fromstring(octets).findall(f"{ns}ValueSet")
    if len(sets) != 1:
        raise SourceError(f"{path.name}: {len(sets)} value sets")
    head = sets[0]
    concepts = [
        without_nothing(
            code=concept.attrib["code"],
            system=concept.attrib["codeSystem"],
            label=concept.attrib["displayName"].strip(),
            valid_from=day(concept.get("dateValid")),
            valid_until=day(concept.get("dateFin")),
        )
        for concept in head.iter(f"{ns}Concept")
    ]
    about = {
        "kind": "value_set",
        "name": head.attrib["displayName"].removesuffix(".tabs"),
        "oid": head.attrib["id"],
        "label": head.get("description"),
        "effective": day(head.get("effectiveDate")),
        "revision": day(head.get("revisionDate")),
        "valid_until": day(head.get("dateFin")),
        "source": KIT_SOURCE,
        "source_file": path.name,
        "sha256": hashlib.sha256(octets).hexdigest(),
    }
    if about["name"] != path.stem:
        raise SourceError(f"{path.name} calls itself {about['name']}")
    return {"about": about, "concepts": unique(concepts, path.name)}


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV source, the systems it leaves blank filled from the list above."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for (file, column, value), oid in SYSTEMS_LEFT_BLANK.items():
        for row in rows if file == path.name else ():
            blank = next(name for name in row if name.endswith("system_oid"))
            if row[column] == value and not row[blank]:
                row[blank] = oid
    return rows


def concept_of(row: dict[str, str], code: str, system: str, label: str = "") -> Json:
    """Three columns of a CSV row as a concept."""
    return {"code": row[code], "system": row[system] or None, "label": row.get(label) or None}


def about_csv(table: Table, path: Path, kind: str) -> Json:
    """The header of what a CSV becomes."""
    return {
        "kind": kind,
        "name": table.name,
        "oid": table.oid,
        "label": table.label,
        "effective": None,
        "revision": table.revision,
        "valid_until": None,
        "source": table.source,
        "source_file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


# -- making -------------------------------------------------------------------------------------


def place_of(table: Table, tables: Path) -> Path:
    """Where the CSV of a table lies."""
    return (TRANSCRIBED if table.transcribed else tables) / table.file


def csv_value_set(table: Table, tables: Path) -> Json:
    """A value set from CSV."""
    path = place_of(table, tables)
    concepts = [concept_of(row, "code", "system_oid", "display") for row in read_csv(path)]
    return {"about": about_csv(table, path, "value_set"), "concepts": unique(concepts, path.name)}


def association(
    table: Table, tables: Path, pair: Callable[[dict[str, str]], tuple[Json, Json] | None]
) -> Json:
    """An association from CSV; `pair` gives the two ends of a row, or None to leave it out."""
    path = place_of(table, tables)
    pairs = list(dict.fromkeys(json.dumps(pair(row)) for row in read_csv(path)))
    ends = [json.loads(text) for text in pairs if text != "null"]
    unique([start for start, _ in ends], path.name)
    return {
        "about": about_csv(table, path, "association"),
        "pairs": [{"from": start, "to": end} for start, end in ends],
    }


def associations(tables: Path, classes: Json, formats: Json) -> Iterable[Json]:
    """Class of a type, format of a template, format of a media type.

    Labels that a CSV lacks are those of the value set of the same codes, J57 and J60.
    """
    class_labels = {c["code"]: c["label"] for c in classes["concepts"]}
    format_of = {c["code"]: c for c in formats["concepts"]}

    def typed(row: dict[str, str]) -> tuple[Json, Json]:
        end = concept_of(row, "class_code", "class_system_oid")
        end["label"] = class_labels.get(end["code"])
        return concept_of(row, "type_code", "type_system_oid", "type_display"), end

    def formatted(key: str) -> Callable[[dict[str, str]], tuple[Json, Json]]:
        def pair(row: dict[str, str]) -> tuple[Json, Json]:
            end = concept_of(row, "format_code", "format_system_oid")
            end["label"] = format_of.get(end["code"], {}).get("label")
            return {"code": row[key], "system": None, "label": None}, end

        return pair

    yield association(ASS_X16, tables, typed)
    yield association(ASS_X04, tables, typed)
    templates = association(ASS_A11, tables, formatted("cda_template_root"))
    yield templates
    yield association(ASS_A12, tables, formatted("nonxmlbody_mediatype"))
    known = {pair["from"]["code"] for pair in templates["pairs"]} | {XDS_SD_TEMPLATE}

    def observed(row: dict[str, str]) -> tuple[Json, Json] | None:
        template, code = row["last_cda_template"], row["format_code"]
        if template in known or code not in format_of:
            return None
        return {"code": template, "system": None, "label": None}, format_of[code]

    yield association(XDM_EXAMPLES, tables, observed)


def make(official: Path, tables: Path) -> dict[str, str]:
    """Every output file by name."""
    kit = official / "ans-kit" / "jeuxDeValeurs"
    sets = [read_svs(kit / f"{name}.xml") for name in KIT_VALUE_SETS]
    sets += [csv_value_set(table, tables) for table in CSV_VALUE_SETS]
    by_name = {made["about"]["name"]: made for made in sets}
    compare_twins(by_name, tables)
    classes, formats = by_name["JDV_J57_ClassCode_DMP"], by_name["JDV_J60_FormatCode_DMP"]
    everything = sets + list(associations(tables, classes, formats))
    everything.sort(key=lambda made: str(made["about"]["name"]))
    files = {f"{made['about']['name']}.json": laid_out(made) for made in everything}
    index = {
        "entries": [
            {**made["about"], "count": len(made.get("concepts") or made["pairs"])}
            for made in everything
        ]
    }
    files[INDEX] = laid_out(index)
    files[PAGE.name] = page_with_tables(PAGE.read_text("utf-8"), index)
    return files


def compare_twins(by_name: dict[str, Json], tables: Path) -> None:
    """Say where the CSV twin of a kit table differs."""
    for name, file in CSV_TWINS.items():
        kit = {(c["code"], c["system"], c["label"]) for c in by_name[name]["concepts"]}
        twin = {
            (row["code"], row["system_oid"], row["display"].strip())
            for row in read_csv(tables / file)
        }
        print(f"{name}: {file} {'says the same' if kit == twin else 'differs'}")
        for sign, rows in (("kit only", kit - twin), ("csv only", twin - kit)):
            for row in sorted(rows):
                print(f"  {sign}: {' | '.join(row)}")


def laid_out(document: Json) -> str:
    """JSON with sorted keys, one item of a list a line, and a final line end."""

    def flat(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    lines = []
    for key, value in sorted(document.items()):
        if isinstance(value, list):
            text = "[\n  " + ",\n  ".join(flat(item) for item in value) + "\n ]"
        else:
            inner = ",\n  ".join(f"{flat(k)}: {flat(v)}" for k, v in sorted(value.items()))
            text = "{\n  " + inner + "\n }"
        lines.append(f" {flat(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def page_with_tables(page: str, index: Json) -> str:
    """The documentation page, the list of what is bundled made again between its marks."""
    start, end = PAGE_MARKS
    before, _, rest = page.partition(start)
    _, mark, after = rest.partition(end)
    if not mark:
        raise SourceError(f"{PAGE.name} lacks its marks")
    head = "| table | codes | OID | revision | source |\n|---|---|---|---|---|\n"
    rows = "".join(
        f"| `{entry['name']}` | {entry['count']} | {entry['oid'] or 'not stated'} "
        f"| {entry['revision'] or 'not stated'}{_closed(entry)} | {entry['source']} |\n"
        for entry in index["entries"]
    )
    return f"{before}{start}\n{head}{rows}\n{end}{after}"


def _closed(entry: Json) -> str:
    return f", closed on {entry['valid_until']}" if entry["valid_until"] else ""


# -- command ------------------------------------------------------------------------------------


def differing(files: dict[str, str]) -> list[str]:
    """Names of the files that are not what `files` says: those of DATA, and the page."""
    there = {path.name: path.read_bytes() for path in (*DATA.glob("*.json"), PAGE)}
    wanted = {name: text.encode() for name, text in files.items()}
    return sorted(name for name in there.keys() | wanted if there.get(name) != wanted.get(name))


def write(files: dict[str, str]) -> None:
    """Make DATA hold these files and no other JSON, and the page its list."""
    DATA.mkdir(parents=True, exist_ok=True)
    for path in DATA.glob("*.json"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (PAGE if name == PAGE.name else DATA / name).write_bytes(text.encode())


def main(arguments: list[str] | None = None) -> int:
    """Run; 0 done or nothing to check, 1 a difference, 2 no source."""
    default = os.environ.get("SEGUR_OFFICIAL") or REPOSITORY.parent / "shared" / "official"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--official", type=Path, default=Path(default))
    parser.add_argument("--tables", type=Path, help="default: `tables` beside the official folder")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    options = parser.parse_args(arguments)
    tables = options.tables or options.official.resolve().parent / "tables"
    for folder in (options.official / "ans-kit" / "jeuxDeValeurs", tables):
        if not folder.is_dir():
            done = "checked" if options.check else "made"
            print(f"source folder {folder.name} is absent: nothing was {done}")
            return 0 if options.check else 2
    try:
        files = make(options.official, tables)
    except (SourceError, OSError, KeyError, ElementTree.ParseError) as error:
        print(f"a source cannot be used: {error!r}", file=sys.stderr)
        return 2
    changed = differing(files)
    if not options.check:
        write(files)
    verb = "differs" if options.check else "written"
    for name in changed:
        print(f"{name}: {verb}")
    size = sum(len(text.encode()) for name, text in files.items() if name != PAGE.name)
    made = f"{len(files) - 2} tables and their index, {size} bytes, and {PAGE.name}"
    print(f"{made}: {len(changed)} {verb}")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
