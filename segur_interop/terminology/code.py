"""A code of a code system."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

__all__ = ["Code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One concept: HL7 CD/CE and the coded attributes of XDS, without their translations.

    Two codes are equal when `code` and `system` are, exactly and case-sensitively: the label is a
    text to show, and senders spell it as they like. The label stays out of `repr`, because that of
    a received document is the sender's text.

    Attributes:
        code: as its code system writes it.
        system: OID of the code system, or the identifier that the NOS gives where there is none
            (`URN`, `ASTM`); "" when it was not stated.
        label: display name; "" when it was not stated.
        valid_from: first day, when the table states one.
        valid_until: last day, when the table states one: the code is retired.
    """

    code: str
    system: str = ""
    label: str = field(default="", compare=False, repr=False)
    valid_from: date | None = field(default=None, compare=False, repr=False)
    valid_until: date | None = field(default=None, compare=False, repr=False)

    def retired(self, on: date | None = None) -> bool:
        """True when the code may no longer be written.

        Args:
            on: the day of use. None judges without a calendar: any stated last day retires.
        """
        return is_over(self.valid_until, on)


def is_over(valid_until: date | None, on: date | None) -> bool:
    """True after the last day, that day still being good (unsure: the NOS does not say)."""
    if valid_until is None:
        return False
    return on is None or on > valid_until
