"""What a reader must see before the content."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from segur_interop.cda._rendering.html import Child, Html, join, tag
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.ins import Attribute
from segur_interop.terminology import Confidentiality, Masking

if TYPE_CHECKING:
    from segur_interop.cda.document import Document

__all__ = ["alert", "alerts", "masks_of"]

_MASKS: Final = {
    Masking.INVISIBLE_PATIENT: "Attention, ce document n’est pas visible du patient.",
    Masking.INVISIBLE_REPRESENTANTS_LEGAUX: "Attention, ce document n’est pas visible des "
    "représentants légaux pour préserver le secret du mineur titulaire du DMP.",
    Masking.MASQUE_PS: "Attention, ce document est masqué aux professionnels de santé.",
}
"""The first two as SEL-MP-037 words them (EX_3.2-1025, read second-hand)."""
_RESTRICTED: Final = {
    Confidentiality.RESTRICTED: "L’accès à ce document est restreint (R).",
    Confidentiality.VERY_RESTRICTED: "L’accès à ce document est très restreint (V).",
}
_ATTRIBUTES: Final = {
    Attribute.DOUTEUSE: "L’identité de ce patient est douteuse.",
    Attribute.FICTIVE: "L’identité de ce patient est fictive.",
    Attribute.HOMONYME: "Ce patient a un homonyme connu.",
}
_SIGN: Final = Html(
    '<svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">'
    '<path d="M10 1.5 19.2 18H.8z" fill="none" stroke="currentColor" stroke-width="1.8" '
    'stroke-linejoin="round"/><path d="M10 7v5.2M10 14.2v1.6" stroke="currentColor" '
    'stroke-width="2"/></svg>'
)


_DANGER: Final = '<li class="alert danger">'


def alert(*text: Child, kind: str = "warning") -> Html:
    """One alert: a sign, a word and a frame, not a colour alone."""
    word = "Alerte" if kind == "danger" else "À noter"
    return tag("li", _SIGN, tag("p", tag("strong", f"{word} : "), *text), class_=f"alert {kind}")


def masks_of(document: Document, masks: Iterable[Masking | str]) -> tuple[Masking, ...]:
    """The masks of the metadata, and that of a header which breaks the rule and holds one.

    Raises:
        InvalidValue: a mask that is none.
    """
    given = {mask if isinstance(mask, Masking) else _mask(mask) for mask in masks}
    code = document.confidentiality
    if code is not None and (found := Masking.of(code.code)) is not None:
        given.add(found)
    return tuple(mask for mask in _MASKS if mask in given)


def _mask(text: str) -> Masking:
    found = Masking.of(text)
    if found is None:
        raise InvalidValue(f"not one of {', '.join(Masking)}", place="masks")
    return found


def alerts(
    document: Document, masks: Iterable[Masking], findings: Iterable[Finding], *more: Html
) -> Html:
    """Every alert, what endangers first; nothing when there is none.

    Args:
        document: whose page it is.
        masks: who must not see it.
        findings: what was noticed of its header and of its body.
        more: alerts of the body.
    """
    items = [alert(_MASKS[mask], kind="danger") for mask in masks]
    items += [item for item in more if item]
    items += _identity(document)
    code = document.confidentiality
    items += [alert(text) for level, text in _RESTRICTED.items() if code and code.code == level]
    items += _reading(findings)
    if not items:
        return Html()
    items.sort(key=lambda item: _DANGER not in item[: len(_DANGER)])
    return tag(
        "section",
        tag("h2", "Alertes", id="alertes"),
        tag("ul", *items),
        class_="alerts",
        aria_labelledby="alertes",
    )


def _identity(document: Document) -> list[Html]:
    identity = document.patient.identity
    items = [
        alert(text, kind="danger")
        for attribute, text in _ATTRIBUTES.items()
        if attribute in identity.attributes
    ]
    matricule = identity.matricule
    if matricule is not None and matricule.oid is not None and not matricule.is_production:
        items.append(alert("Matricule de test ou de démonstration : ce n’est pas un patient réel."))
    if document.patient.is_deceased:
        items.append(alert("Le document indique que le patient est décédé."))
    return items


def _reading(findings: Iterable[Finding]) -> list[Html]:
    """How many rules the document breaks; which ones is told at the end of the page."""
    count = sum(1 for item in findings if item.severity is Severity.ERROR)
    if not count:
        return []
    text = "anomalie a été relevée" if count == 1 else "anomalies ont été relevées"
    return [alert(f"{count} {text} à la lecture de ce document (", _ANOMALIES, ").")]


_ANOMALIES: Final = join((tag("a", "détail en fin de page", href="#anomalies"),))
