"""What the catalogue says of one item: `Line`, and the objects within it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from segur_interop._masking import Masked
from segur_interop.export.catalogue.fields import Kind, due, fields_of, told

__all__ = [
    "FIELDS",
    "Absence",
    "CataloguedAuthor",
    "CataloguedCode",
    "CataloguedId",
    "CataloguedIns",
    "Line",
    "Origin",
    "SourceStatus",
]


class Absence(enum.StrEnum):
    """Why a value that is due when stored is not there."""

    NON_STOCKEE = "NON_STOCKEE"
    IDENTITE_NON_QUALIFIEE = "IDENTITE_NON_QUALIFIEE"
    INS_NON_TRANSMISSIBLE = "INS_NON_TRANSMISSIBLE"


class SourceStatus(enum.StrEnum):
    """What the item is in the software that exports it."""

    FINAL = "FINAL"
    SUPERSEDED = "SUPERSEDED"
    DELETED = "DELETED"


class Origin(enum.StrEnum):
    """Whether the item was produced there or received from elsewhere."""

    PRODUCED = "PRODUCED"
    RECEIVED = "RECEIVED"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CataloguedIns(Masked):
    """A matricule INS as the catalogue writes it."""

    matricule: str = told("Les 13 caractères du matricule INS.", always=True)
    cle: str = told("La clé, 2 chiffres.", always=True)
    oid: str = told("OID de l'autorité d'affectation.", always=True)
    nature: str = told("NIR, NIA, NIR_TEST ou NIR_DEMO, d'après l'OID.", always=True)
    statut: str = told("Statut de l'identité : toujours QUALIFIEE.", always=True)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CataloguedId(Masked):
    """An identifier of one domain."""

    extension: str = told("L'identifiant.", always=True)
    root: str | None = told("OID ou UUID du domaine.")
    type: str | None = told("Type HL7 0203 : PI pour un IPP.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguedCode:
    """A code with its system."""

    code: str = told("Le code.", always=True)
    system: str | None = told("OID du système de codage.")
    label: str | None = told("Libellé.")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CataloguedAuthor(Masked):
    """A professional, a device or a structure."""

    id: str | None = told("PS_IdNat (8 et RPPS, 0 et ADELI…) ou Struct_IdNat (1 et FINESS…).")
    nom: str | None = told("Nom d'exercice, ou nom de la structure ou du logiciel.")
    prenom: str | None = told("Prénom d'exercice.")
    structure: str | None = told("Struct_IdNat de la structure d'exercice, ou son nom.")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Line(Masked):
    """One item of an export.

    The fields and their order are those of the files. Texts are never empty: None states that the
    source holds no value. Times are HL7 timestamps with the precision and offset of the source.
    """

    item_id: str = told("Identifiant de l'élément dans le logiciel source.", always=True)
    lot: str = told("Dossier du lot, LOTnnnnn.", always=True)
    archive: str = told("Nom de l'archive du patient, PATnnnnn.ZIP.", always=True)
    path_in_archive: str = told("Chemin du fichier dans l'archive.", always=True)
    sha256: str = told("Empreinte SHA-256 du fichier, 64 chiffres hexadécimaux.", always=True)
    size: int = told("Taille du fichier, en octets.", Kind.INTEGER, always=True)
    mime: str = told("Type de média du fichier.", always=True)
    unique_id: str = told("Identifiant unique du document (METADATA.XML, uniqueId).", always=True)
    format_code: CataloguedCode | None = told(
        "Format (METADATA.XML, formatCode).", Kind.OBJECT, of=CataloguedCode
    )
    title: str | None = told("Titre du document.")
    nom_naissance: str | None = due("Nom de naissance ; vide si le logiciel source n'en a pas.")
    prenoms: str | None = due(
        "Prénoms de naissance, séparés par des espaces ; vide pour un nouveau-né sans prénom."
    )
    date_naissance: str | None = due(
        "Date de naissance, AAAA-MM-JJ, complétée selon le RNIV si le jour ou le mois est inconnu."
    )
    sexe: str | None = due("M, F ou I (indéterminé).")
    premier_prenom: str | None = told("Premier prénom de naissance, s'il est distingué.")
    date_naissance_recue: str | None = told(
        "Date de naissance telle que reçue, si elle n'est pas une date du calendrier."
    )
    lieu_naissance: str | None = told("Code officiel géographique du lieu de naissance.")
    nom_utilise: str | None = told("Nom utilisé.")
    prenom_utilise: str | None = told("Prénom utilisé.")
    rang_naissance: int | None = told("Rang de naissance gémellaire.", Kind.INTEGER)
    statut_identite: str = told("PROVISOIRE, VALIDEE, RECUPEREE ou QUALIFIEE (RNIV).", always=True)
    attributs_identite: tuple[str, ...] = told(
        "Attributs de l'identité : HOMONYME, DOUTEUSE, FICTIVE.", Kind.LIST
    )
    ins: CataloguedIns | None = told(
        "INS, seulement d'une identité QUALIFIEE et avec ses traits.", Kind.OBJECT, of=CataloguedIns
    )
    ins_absence: str | None = told("Pourquoi il n'y a pas d'INS.", values=Absence)
    traits_discordants: tuple[str, ...] = told(
        "Traits que l'en-tête du document écrit autrement que l'identité du patient : "
        "nom_naissance, prenoms, date_naissance, sexe. À regarder avant de classer le document.",
        Kind.LIST,
    )
    local_ids: tuple[CataloguedId, ...] = told(
        "Identifiants du patient dans d'autres domaines (IPP…).", Kind.LIST, of=CataloguedId
    )
    date_production: str | None = told("Date de production de la donnée.")
    date_production_absence: str | None = told(
        "Pourquoi il n'y a pas de date de production.", values=Absence
    )
    date_acte: str | None = told("Début de l'acte ou du séjour documenté.")
    date_fin_acte: str | None = told("Fin de l'acte ou du séjour documenté.")
    type: CataloguedCode | None = told(
        "Type de la donnée (JDV_J07).", Kind.OBJECT, of=CataloguedCode
    )
    type_absence: str | None = told("Pourquoi il n'y a pas de type.", values=Absence)
    classe: CataloguedCode | None = told("Classe du document.", Kind.OBJECT, of=CataloguedCode)
    authors: tuple[CataloguedAuthor, ...] = told("Auteurs.", Kind.LIST, of=CataloguedAuthor)
    responsible: CataloguedAuthor | None = told(
        "Professionnel responsable.", Kind.OBJECT, of=CataloguedAuthor
    )
    confidentiality: str | None = told("Confidentialité : N, R ou V.")
    masks: tuple[str, ...] = told(
        "Masquages : MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS_LEGAUX.", Kind.LIST
    )
    replaces: str | None = told("item_id de l'élément que celui-ci remplace.")
    replaced_by: str | None = told("item_id de l'élément qui remplace celui-ci.")
    source_status: str = told("Statut dans le logiciel source.", always=True, values=SourceStatus)
    origin: str = told("Produit par le logiciel source, ou reçu.", always=True, values=Origin)
    category: str = told(
        "Nature pour les exclusions par défaut : DOCUMENT, NOTE_PERSONNELLE, AGENDA, TRACE.",
        always=True,
    )
    language: str | None = told("Langue, par exemple fr-FR.")
    pdf_twin_of: str | None = told("item_id du document structuré dont ce PDF est le double.")
    readable: str | None = told(
        "Chemin, dans l'archive, de la forme lisible sans logiciel (PDF ou HTML) faite pour "
        "l'export d'un CDA qui n'a pas de double PDF."
    )
    readable_sha256: str | None = told("Empreinte SHA-256 de cette forme lisible.")
    wrapped_sha256: str | None = told(
        "Empreinte SHA-256 du fichier d'origine, mis dans le corps d'un CDA R2 de niveau 1."
    )
    wrapped_mime: str | None = told("Type de média du fichier d'origine mis dans le CDA.")


FIELDS: Final = fields_of(Line)
"""Every field of a line, in the order of the files."""
