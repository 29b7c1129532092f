"""Medicines and vaccines as products (manufacturedProduct).

The IHE Pharmacy extensions (`urn:ihe:pharm:medication`) are read by their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree

from segur_interop._time import Timestamp
from segur_interop.cda._children import anywhere, children, descend, first_of
from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.values import Concept, Ratio
from segur_interop.cda._placed import Placed, Raw
from segur_interop.findings import Severity

__all__ = ["Ingredient", "Product", "product"]

Element = etree._Element

CIS: Final = "1.2.250.1.213.2.3.1"
CIP: Final = ("1.2.250.1.213.2.3.2", "1.2.250.1.213.2.3.3")
"""The official example of VAC names its CIP codes by the second."""
UCD: Final = "1.2.250.1.213.2.62"
ATC: Final = "2.16.840.1.113883.6.73"
_MATERIAL: Final = ("manufacturedMaterial", "manufacturedLabeledDrug")
"""What a manufacturedProduct is, one or the other (CDA R2 POCD_MT000040.ManufacturedProduct)."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Ingredient(Placed):
    """An active substance of a product.

    Attributes:
        code: the substance; None when not coded.
        name: as written.
        strength: how much of it in how much of the product.
    """

    code: Concept | None = None
    name: str = ""
    strength: Ratio | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Product(Placed):
    """A medicine or a vaccine.

    Attributes:
        code: its codes, in whatever systems; a nullFlavor for a preparation told in words.
        name: as written; "" when not told.
        form: pharmaceutical form.
        lot: lot number; "" when not told (see `lot_null_flavor`).
        lot_null_flavor: why there is no lot number.
        expires: when its lot expires.
        classes: therapeutic classes beside those of `code` (ATC mostly).
        ingredients: active substances.
    """

    code: Concept | None = None
    name: str = ""
    form: Concept | None = None
    lot: str = ""
    lot_null_flavor: str = ""
    expires: Timestamp | None = None
    classes: tuple[Concept, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()

    @property
    def label(self) -> str:
        """What to show: the name, else the label or the words of the code."""
        return self.name or (self.code.label if self.code else "")

    @property
    def cis(self) -> str:
        """Code identifiant de spécialité; "" without."""
        return self._code(CIS)

    @property
    def cip(self) -> str:
        """Code identifiant de présentation, 7 or 13 digits as written; "" without."""
        return next(filter(None, map(self._code, CIP)), "")

    @property
    def ucd(self) -> str:
        """Code d'unité commune de dispensation, 7 or 13 digits as written; "" without."""
        return self._code(UCD)

    @property
    def atc(self) -> str:
        """ATC class; "" without."""
        return self._code(ATC)

    def _code(self, system: str) -> str:
        concepts = (self.code, *self.classes)
        found = (item.code_in(system) for item in concepts if item is not None)
        return next(filter(None, found), "")


def product(act: Act, read: Reading) -> Product | None:
    """The product of a substanceAdministration or a supply; None without."""
    for name in ("consumable", "product"):
        found = [
            (kind, element)
            for made in descend(act.part(name), "manufacturedProduct")
            for kind in _MATERIAL
            for element in children(made, kind)
        ]
        if len(found) > 1:
            message = "several products: the first is read, the element holds them all"
            read.note("cda.entry.values", message, f"{act.place}/{name}", Severity.ERROR)
        for kind, element in found:
            place = f"{act.place}/{name}/manufacturedProduct/{kind}"
            return _product(Raw(element), place, read)
    return None


def _product(raw: Raw, place: str, read: Reading) -> Product:
    element, parts = raw.element, raw.parts
    lot = first_of(parts, "lotNumberText")
    for kind in ("code", "name", "lotNumberText"):
        if len(parts.get(kind, ())) > 1:
            message = f"several {kind}: the first is read, the element holds them all"
            read.note("cda.entry.values", message, place, Severity.ERROR)
    return Product(
        place=place,
        code=read.concept(first_of(parts, "code"), f"{place}/code"),
        name=read.text(first_of(parts, "name")),
        form=read.concept(_extension(element, "formCode"), place),
        lot=read.text(lot),
        lot_null_flavor="" if lot is None else lot.get("nullFlavor", ""),
        expires=read.moment(_extension(element, "expirationTime"), place),
        classes=read.concepts(
            anywhere(element, "asSpecializedKind", "generalizedMedicineClass", "code"), place
        ),
        ingredients=tuple(
            _ingredient(item, place, read)
            for item in read.at_most(anywhere(element, "ingredient"), "ingredient")
        ),
        _raw=raw,
    )


def _ingredient(element: Element, place: str, read: Reading) -> Ingredient:
    inner = _extension(element, "ingredient")
    return Ingredient(
        place=place,
        code=read.concept(_extension(inner, "code"), place),
        name=read.text(_extension(inner, "name")),
        strength=read.ratio(_extension(element, "quantity"), place),
        _raw=Raw(element),
    )


def _extension(element: Element | None, name: str) -> Element | None:
    return next(iter(anywhere(element, name)), None)
