"""Problems and allergies (CI-SIS FR-Probleme, FR-Allergie-ou-hypersensibilite; IHE PCC)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from segur_interop._masking import shown
from segur_interop.cda._children import child, descend
from segur_interop.cda._entries.absent import Stated
from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.observations import concept_of
from segur_interop.cda._entries.products import product
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.record import base, doses
from segur_interop.cda._entries.subjects import told_apart
from segur_interop.cda._entries.values import Concept, Value
from segur_interop.model import Period

__all__ = ["Allergy", "Problem", "allergy", "is_allergy", "is_problem", "problem"]

Element = etree._Element

PROBLEM: Final = frozenset(
    {
        "1.3.6.1.4.1.19376.1.5.3.1.4.5",
        "1.2.250.1.213.1.1.3.37",
        "2.16.840.1.113883.10.20.1.28",
    }
)
ALLERGY: Final = frozenset(
    {
        "1.3.6.1.4.1.19376.1.5.3.1.4.6",
        "1.2.250.1.213.1.1.3.41",
        "2.16.840.1.113883.10.20.1.18",
    }
)
CONCERN: Final = frozenset(
    {
        "1.3.6.1.4.1.19376.1.5.3.1.4.5.1",
        "1.3.6.1.4.1.19376.1.5.3.1.4.5.2",
        "1.3.6.1.4.1.19376.1.5.3.1.4.5.3",
        "1.2.250.1.213.1.1.3.39",
        "1.2.250.1.213.1.1.3.40",
    }
)
SEVERITY: Final = frozenset({"SEV"})
CERTAINTY: Final = frozenset({"66455-7"})
CRITICALITY: Final = frozenset({"82606-5"})
CLINICAL_STATUS: Final = frozenset({"33999-4"})
HEALTH_STATUS: Final = frozenset({"11323-3"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Condition(Stated):
    """What problems and allergies have in common.

    `negated` means that the patient does not have it: it is a value, not an omission. `time` is
    since when and until when.

    Attributes:
        value: what it is: a Concept mostly; None when not told.
        severity, certainty: as coded by the author.
        clinical_status: active, resolved, in remission, … as coded.
        health_status: general state of the patient as to it.
        concern_status: whether the author still follows it: `active`, `completed`, `suspended`,
            `aborted`; "" outside a concern.
        concern_period: since when, until when it is followed.
    """

    value: Value | None = None
    severity: Concept | None = None
    certainty: Concept | None = None
    clinical_status: Concept | None = None
    health_status: Concept | None = None
    concern_status: str = field(default="", metadata=shown())
    concern_period: Period | None = None

    @property
    def label(self) -> str:
        """What to show: the value, else the words of the entry; negation is not in it."""
        return self._worth()

    def _worth(self) -> str:
        if isinstance(self.value, Concept):
            return self.value.label or self.text
        return self.value if isinstance(self.value, str) else self.text

    def _concepts(self) -> tuple[Concept | None, ...]:
        return self.code, self.value if isinstance(self.value, Concept) else None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Problem(Condition):
    """A diagnosis, a symptom, a history; `code` says which of them."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Allergy(Condition):
    """An allergy, an intolerance, or that there is none.

    `code` says of which kind; some documents put the allergen in `value`, others in `agents`. One
    whose `label` is empty tells nothing: read the narrative, which may say that there is none.

    Attributes:
        agents: the substances or products, those of a treatment that it is laid to included.
        reactions: how it showed.
        criticality: how dangerous it may be, as coded.
    """

    agents: tuple[Concept, ...] = ()
    reactions: tuple[Problem, ...] = ()
    criticality: Concept | None = None

    @property
    def label(self) -> str:
        """What to show: the agents, else the value, else the words of the entry."""
        agents = ", ".join(filter(None, (item.label for item in self.agents)))
        return agents or self._worth()


def is_allergy(act: Act) -> bool:
    """True for an allergy."""
    return act.kind == "observation" and act.is_a(ALLERGY)


def is_problem(act: Act) -> bool:
    """True for a problem of its own: no reaction or cause of an entry."""
    if act.kind != "observation" or act.is_a(ALLERGY) or not act.is_a(PROBLEM):
        return False
    return act.parent is None or act.parent.kind == "organizer" or act.link in _OWN


_OWN: Final = frozenset({"SUBJ"})
"""What ties a problem to its concern (IHE PCC Concern Entry)."""


def problem(act: Act, read: Reading) -> Problem:
    """The problem of an observation."""
    concern = _concern(act)
    return Problem(
        **base(act, read),
        value=read.value(act.part("value"), f"{act.place}/value"),
        severity=concept_of(act.acts, SEVERITY, read),
        certainty=concept_of(act.acts, CERTAINTY, read),
        clinical_status=concept_of(act.acts, CLINICAL_STATUS, read),
        health_status=concept_of(act.acts, HEALTH_STATUS, read),
        concern_status=_status(concern),
        concern_period=_period(concern, read),
    )


def allergy(act: Act, read: Reading) -> Allergy:
    """The allergy of an observation."""
    concern = _concern(act)
    made = Allergy(
        **base(act, read),
        value=read.value(act.part("value"), f"{act.place}/value"),
        severity=concept_of(act.acts, SEVERITY, read),
        certainty=concept_of(act.acts, CERTAINTY, read),
        clinical_status=concept_of(act.acts, CLINICAL_STATUS, read),
        health_status=concept_of(act.acts, HEALTH_STATUS, read),
        concern_status=_status(concern),
        concern_period=_period(concern, read),
        agents=_agents(act, read),
        reactions=tuple(
            problem(item, read)
            for item in told_apart(act.acts, read)
            if item.link == "MFST" and item.kind == "observation"
        ),
        criticality=concept_of(act.acts, CRITICALITY, read),
    )
    if not (made.label or made.negated or made.none_known or made.no_information):
        message = "an allergy that names nothing: only the narrative tells what it is, or that none"
        read.note("cda.allergy.nothing", message, act.place)
    return made


def _concern(act: Act) -> Act | None:
    parent = act.parent
    return parent if parent is not None and parent.kind == "act" and parent.is_a(CONCERN) else None


def _status(concern: Act | None) -> str:
    element = None if concern is None else concern.part("statusCode")
    return "" if element is None else element.get("code", "")


def _period(concern: Act | None, read: Reading) -> Period | None:
    if concern is None:
        return None
    return read.span(concern.part("effectiveTime"), f"{concern.place}/effectiveTime")


def _agents(act: Act, read: Reading) -> tuple[Concept, ...]:
    found = []
    for rank, element in enumerate(act.parts.get("participant", ()), start=1):
        if element.get("typeCode") != "CSM":
            continue
        place = f"{act.place}/participant[{rank}]/participantRole/playingEntity"
        for entity in descend(element, "participantRole", "playingEntity"):
            code = _agent(entity, place, read)
            if code is not None:
                found.append(code)
    products = (product(item, read) for item in doses(act, read))
    for made in products:
        if made is not None and (made.code is not None or made.name):
            found.append(made.code or Concept(text=made.name))
    return tuple(found)


def _agent(entity: Element, place: str, read: Reading) -> Concept | None:
    code = read.concept(child(entity, "code"), f"{place}/code")
    if code is not None and (code.codes or code.text):
        return code
    name = read.text(child(entity, "name"))
    flavor = code.null_flavor if code else ""
    return Concept(text=name, null_flavor=flavor) if name or flavor else None
