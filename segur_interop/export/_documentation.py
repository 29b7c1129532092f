"""DOCEXP: how to read an export, written from the objects that write it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from segur_interop.export import catalogue, layout
from segur_interop.export.catalogue import FIELDS, Absence, Field, Kind
from segur_interop.export.request import Exclusion, Refused

if TYPE_CHECKING:
    from segur_interop.export._finish import About

__all__ = ["EXCLUSIONS", "REFUSALS", "dictionary", "files", "guide"]

_ABSENCES: Final = {
    Absence.NON_STOCKEE: "Le logiciel source ne contient pas cette valeur.",
    Absence.IDENTITE_NON_QUALIFIEE: (
        "Un matricule est connu, mais l'identité n'est pas QUALIFIEE : il n'est pas transmis."
    ),
    Absence.INS_NON_TRANSMISSIBLE: (
        "L'identité est QUALIFIEE, mais un trait, la clé ou l'OID manque ou est faux."
    ),
}
EXCLUSIONS: Final = {
    Exclusion.PATIENT: "Patient non demandé (compté, jamais listé).",
    Exclusion.TYPE: "Type hors du périmètre.",
    Exclusion.NO_TYPE: "Type absent de la source, et la demande exclut ce cas.",
    Exclusion.DEPTH: "Date hors de la profondeur demandée.",
    Exclusion.UNDATED: "Date absente de la source, et la demande exclut ce cas.",
    Exclusion.PROFESSIONAL: "Autre professionnel que celui de la demande.",
    Exclusion.CATEGORY: "Nature exclue pour ce destinataire (compté, jamais listé).",
    Exclusion.MASKED: "Masqué au patient destinataire (compté, jamais listé).",
    Exclusion.DESELECTED: "Désélectionné par le professionnel.",
    Exclusion.SUPERSEDED: "Version remplacée, et la demande les exclut.",
    Exclusion.DELETED: "Élément supprimé, et la demande les exclut.",
}
REFUSALS: Final = {
    Refused.UNDATED: "Date absente de la source, et la demande l'exige.",
    Refused.NO_TYPE: "Type absent de la source, et la demande l'exige.",
    Refused.UNREADABLE: "Le fichier n'a pas pu être lu jusqu'au bout.",
    Refused.CHANGED: "Le fichier n'a pas la taille dite, ou a changé pendant sa lecture.",
    Refused.DUPLICATE_ID: "Deux éléments du patient ont le même identifiant.",
    Refused.OTHER_PATIENT: "Le document porte l'INS d'un autre patient.",
    Refused.METADATA: "Une valeur ne peut être écrite dans aucune métadonnée.",
    Refused.VALUE: "Une valeur de la source n'est pas de sa colonne.",
    Refused.IDENTITY: "L'identité du patient est illisible dans la source, ou dite de deux façons.",
}


def files(about: About) -> Iterator[tuple[str, bytes]]:
    """Name and octets of each file of DOCEXP."""
    yield layout.GUIDE, guide(about).encode()
    yield layout.DICTIONARY, _json(dictionary())
    yield layout.SCHEMA, _json(catalogue.json_schema())
    yield from _sample()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def dictionary() -> dict[str, Any]:
    """Every field of the catalogue, every reason, with what it means."""
    return {
        "version": catalogue.VERSION,
        "catalogue": [_field(item) for item in FIELDS],
        "absences": dict(_ABSENCES),
        "exclusions": dict(EXCLUSIONS),
        "refusals": dict(REFUSALS),
    }


def _field(told: Field) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": told.name,
        "kind": told.kind.value,
        "always": told.always,
        "description": told.description,
    }
    if told.parts:
        made["parts"] = [_field(part) for part in told.parts]
    if told.values:
        made["values"] = list(told.values)
    return made


def guide(about: About) -> str:
    """GUIDE.MD."""
    return "\n".join(
        [
            "# Guide de l'export",
            "",
            f"Export `{about.export_id}` du {about.at.isoformat()}.",
            "",
            *_PROCEDURE,
            "",
            "Demande exacte, dont l'empreinte SHA-256 est dans MANIFEST.XML :",
            "",
            "```json",
            json.dumps(about.request.to_dict(), ensure_ascii=False, indent=1, sort_keys=True),
            "```",
            "",
            "## Champs du catalogue",
            "",
            "« toujours » : une valeur est toujours là. Sinon, une valeur vide affirme que le",
            "logiciel source n'en contient pas : rien n'est complété.",
            "",
            "| champ | présence | forme | sens |",
            "|---|---|---|---|",
            *_rows(FIELDS, ""),
            "",
            *_listed("## Absences", _ABSENCES),
            *_listed("## Exclusions (EXCLUDED.JSL)", EXCLUSIONS),
            *_listed("## Refus (REJECTS.JSL)", REFUSALS),
        ]
    )


_PROCEDURE: Final = (
    "## Lire",
    "",
    "Ouvrir INDEX.HTM dans un navigateur : il mène aux patients par nom de naissance, et à",
    "l'archive de chacun. Une archive PATnnnnn.ZIP s'ouvre comme un dossier ; sa page INDEX.HTM",
    "liste les documents. Un PDF qui double un document structuré porte le même nom.",
    "",
    "## Importer",
    "",
    "1. Vérifier : `sha256sum -c CHECKSUM.TXT`, puis les nombres de MANIFEST.XML et de REPORT.JSN.",
    "2. Lire CATALOG.JSL ligne à ligne (UTF-8, une ligne JSON par document) ; CATALOG.CSV en est",
    "   la copie, séparée par des points-virgules. Une apostrophe précède une cellule qu'un",
    "   tableur prendrait pour une formule.",
    "3. Retrouver le patient par l'INS quand il y en a un, sinon par ses identifiants locaux,",
    "   sinon par ses traits et l'avis d'une personne. Une identité sans INS ne bloque rien.",
    "4. Prendre chaque fichier dans l'archive de son lot : `path_in_archive` dans `lot`/`archive`.",
    "   Chaque archive est une archive IHE_XDM : METADATA.XML décrit ses fichiers (empreinte",
    "   SHA-1 de XDS), les remplacements (RPLC) et les doubles PDF (XFRM).",
    "5. Appliquer les remplacements du plus ancien au plus récent (`replaces`).",
    "",
    "PATIENTS.JSL liste tous les patients lus, y compris ceux qui n'ont aucun document à exporter.",
)


def _rows(fields: Iterable[Field], before: str) -> Iterator[str]:
    for told in fields:
        presence = "toujours" if told.always else "si stocké"
        form = "liste" if told.kind is Kind.LIST else told.kind.value
        yield f"| `{before}{told.name}` | {presence} | {form} | {told.description} |"
        yield from _rows(told.parts, f"{before}{told.name}.")


def _listed(title: str, reasons: dict[Any, str]) -> list[str]:
    return [title, "", *(f"- `{key}` : {text}" for key, text in reasons.items()), ""]


def _sample() -> Iterator[tuple[str, bytes]]:
    """A synthetic line, in both forms."""
    line = catalogue.Line(
        item_id="EXEMPLE-1",
        lot="LOT00001",
        archive="PAT00001.ZIP",
        path_in_archive="IHE_XDM/SUBSET01/DOC0001.XML",
        sha256="0" * 64,
        size=1,
        mime="text/xml",
        unique_id="2.25.1",
        nom_naissance="EXEMPLE",
        prenoms="CAMILLE",
        date_naissance="2000-01-01",
        sexe="F",
        statut_identite="PROVISOIRE",
        ins_absence=Absence.NON_STOCKEE,
        date_production_absence=Absence.NON_STOCKEE,
        type=catalogue.CataloguedCode(
            code="11490-0",
            system="2.16.840.1.113883.6.1",
            label="Lettre de liaison à la sortie d'un établissement de soins",
        ),
        source_status=catalogue.SourceStatus.FINAL,
        origin=catalogue.Origin.PRODUCED,
        category="DOCUMENT",
    )
    yield f"{layout.SAMPLE}/CATALOG.JSL", f"{catalogue.json_line(line)}\n".encode()
    yield (
        f"{layout.SAMPLE}/CATALOG.CSV",
        (catalogue.csv_header() + catalogue.csv_row(line)).encode(),
    )
