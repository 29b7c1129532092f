"""Professionals, structures and moments as a French document prints them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from segur_interop.model import (
    Address,
    Instant,
    Organization,
    Period,
    PersonName,
    Professional,
    RelatedPerson,
    Telecom,
    Timestamp,
)

if TYPE_CHECKING:
    from segur_interop.pdf.content import Content, Recipient

__all__ = ["day", "describe", "full_name", "moment", "period", "performed_label", "signature"]

# JDV_J245_Civilite_CISIS and JDV_J246_Titre_CISIS, as they are printed.
_CIVILITIES: Final = {"M": "M.", "MME": "Mme"}
_TITLES: Final = {
    "DR": "Dr", "PR": "Pr", "MC": "Médecin en chef", "MG": "Médecin général",
    "PC": "Pharmacien en chef", "PG": "Pharmacien général",
}  # fmt: skip
_SCHEMES: Final = {"tel": "Tél.", "fax": "Fax", "mailto": "", "http": ""}
_STRUCTURES: Final = {"1": "FINESS", "2": "SIREN", "3": "SIRET"}


def full_name(name: PersonName) -> str:
    """`Dr Jeanne MARTIN`: title or civility, given names, family name as given."""
    prefix = _TITLES.get(name.title, name.title) or _CIVILITIES.get(name.civility, name.civility)
    return " ".join(filter(None, (prefix, name.given, name.display_family)))


def describe(someone: Recipient) -> Iterator[str]:
    """The lines that tell who and where; the first is the name."""
    if isinstance(someone, Professional):
        yield from _professional(someone)
    elif isinstance(someone, Organization):
        yield from organization_lines(someone)
    else:
        yield from _related(someone)


def _professional(one: Professional) -> Iterator[str]:
    name = one.require_name()
    yield full_name(name)
    role = one.function_text or (one.profession.label if one.profession else "")
    if role:
        yield role
    if one.rpps:
        yield f"RPPS {one.rpps}"
    if one.organization is not None and one.organization.name:
        yield one.organization.name
    yield from _contacts(one.addresses, one.telecoms)


def organization_lines(one: Organization) -> Iterator[str]:
    """Name, register number, addresses, telecoms."""
    yield one.name
    register = _STRUCTURES.get(one.idnat_form)
    if register:
        yield f"{register} {one.idnat[1:]}"
    yield from _contacts(one.addresses, one.telecoms)


def _related(one: RelatedPerson) -> Iterator[str]:
    from segur_interop.model.related import RELATED_CLASSES

    yield full_name(one.name)
    role = RELATED_CLASSES.get(one.class_code) or (one.relation.label if one.relation else "")
    if role:
        yield role[0].upper() + role[1:]
    yield from _contacts(one.addresses, one.telecoms)


def _contacts(addresses: tuple[Address, ...], telecoms: tuple[Telecom, ...]) -> Iterator[str]:
    for address in addresses:
        yield from address.as_lines().lines
    for telecom in telecoms:
        # a citizen's address is made of a matricule: it is printed nowhere
        if not telecom.patient_matricule:
            yield _telecom(telecom)


def _telecom(telecom: Telecom) -> str:
    label = "MSSanté" if telecom.is_mssante else _SCHEMES.get(telecom.scheme, "")
    shown = telecom.address.removeprefix("//") if telecom.scheme == "http" else telecom.address
    number = shown.replace("+33", "0", 1) if shown.startswith("+33") else shown
    if telecom.scheme in ("tel", "fax") and len(number) == 10 and number.isdigit():
        shown = "\u00a0".join(number[at : at + 2] for at in range(0, 10, 2))
    return f"{label}\u00a0: {shown}" if label else shown


def day(value: Instant) -> str:
    """`28/03/1979`, or what is known of it."""
    when = Timestamp.of(value)
    known = [f"{part:02d}" for part in (when.day, when.month) if part is not None]
    return "/".join([*known, f"{when.year:04d}"])


def moment(value: Instant) -> str:
    """`28/03/1979 à 14 h 05`."""
    when = Timestamp.of(value)
    if when.hour is None:
        return day(when)
    return f"{day(when)} à {when.hour:02d}\u00a0h\u00a0{when.minute or 0:02d}"


def period(value: Period) -> str:
    """`du 10/03/2024 au 15/03/2024`, `le 10/03/2024`."""
    low, high = value.low, value.high
    if low is None or high is None:
        return f"depuis le {moment(low)}" if low else f"jusqu'au {moment(high)}" if high else ""
    if value.is_moment:
        return f"le {moment(low)}"
    if day(low) == day(high) and low.hour is not None and high.hour is not None:
        return (
            f"le {day(low)}, de {moment(low).partition(' à ')[2]} à "
            + (moment(high).partition(" à ")[2])
        )
    return f"du {day(low)} au {day(high)}"


def performed_label(content: Content) -> str:
    """What `performed` is, for this kind."""
    from segur_interop.pdf.content import Kind

    return {
        Kind.LETTRE_LIAISON_SORTIE: "Séjour",
        Kind.COMPTE_RENDU_OPERATOIRE: "Intervention",
        Kind.ORDONNANCE_SORTIE: "Séjour",
        Kind.ENTRETIEN_PHARMACEUTIQUE: "Entretien",
        Kind.BILAN_MEDICATION: "Bilan",
    }[content.kind]


def signature(content: Content) -> str:
    """Who answers for the document: the authenticator, else the author."""
    return full_name((content.authenticator or content.author).require_name())
