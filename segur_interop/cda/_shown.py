"""Is the person that a page shows the patient of the document around it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from segur_interop.findings import Finding, Severity
from segur_interop.ins import Identity, TraitVerdict, compare

__all__ = ["contradictions", "differing"]

_GATE: Final = "RNIV EXI SI 08; Guide INS EXI ID 29"
_TRAITS: Final = ("birth_name", "birth_given_names", "birth_date", "sex", "birth_place")


def contradictions(shown: Identity, patient: Identity) -> Iterator[Finding]:
    """Why a page that shows one identity may not travel under another, as errors.

    What one side does not tell contradicts nothing, nor does typography; a shorter list of
    given names does, as it may be that of a twin.

    Args:
        shown: what the page shows, without matricule where it shows the traits alone.
        patient: of the document.
    """
    if fields := differing(shown, patient):
        yield _error(
            "cda.body.patient", f"the page shows another person than the patient: {fields}"
        )
    elif shown.matricule is not None and not patient.may_transmit_ins:
        message = "the page shows a matricule, which this identity may not transmit"
        yield _error("cda.ins.leak", message, _GATE)


def differing(one: Identity, other: Identity) -> str:
    """The names of what contradicts, separated by commas; "" when nothing does."""
    compared = compare(one, other)
    names = [
        name
        for name in _TRAITS
        if (trait := getattr(compared, name)).verdict is TraitVerdict.DIFFERENT
        and trait.reason != "unknown-place"
    ]
    if compared.matricule.verdict is TraitVerdict.DIFFERENT:
        names.insert(0, "matricule")
    return ", ".join(name.replace("_", " ") for name in names)


def _error(rule: str, message: str, source: str = "") -> Finding:
    return Finding(rule=rule, message=message, severity=Severity.ERROR, place="body", source=source)
