"""Shared hypothesis strategies. Add functions here; each gives values of one notion."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from segur_interop._time import Timestamp
from segur_interop.cda import DocumentType, Setting
from segur_interop.errors import InvalidValue
from segur_interop.ins import (
    INS_OIDS,
    Attribute,
    Identity,
    IdentityStatus,
    Matricule,
    Sex,
    Traits,
    matricule_key,
)
from segur_interop.model import (
    Address,
    Encounter,
    LocalId,
    Order,
    Organization,
    Participant,
    Patient,
    Period,
    PersonName,
    Professional,
    RelatedPerson,
    ServiceEvent,
    Telecom,
)
from segur_interop.terminology import Code, value_set

# Hypothesis would follow the class attributes of a kind from kind to kind without end.
DocumentType._repr_pretty_ = lambda kind, printer, cycle: printer.text(repr(kind))


def timestamps() -> st.SearchStrategy[Timestamp]:
    """Every timestamp that can be made, of each precision, with and without offset."""

    def cut(parts: tuple[int, ...], precision: int, fraction: str, offset: int | None) -> Timestamp:
        kept = dict(zip(("month", "day", "hour", "minute", "second"), parts[1:], strict=True))
        for name in list(kept)[precision:]:
            del kept[name]
        return Timestamp(
            parts[0], **kept, fraction=fraction if precision == 5 else "", offset=offset
        )

    moments = st.datetimes().map(lambda d: (d.year, d.month, d.day, d.hour, d.minute, d.second))
    return st.builds(
        cut,
        moments,
        st.integers(0, 5),
        st.text("0123456789", max_size=9),
        st.none() | st.integers(-14 * 60, 14 * 60),
    )


def oids(max_arcs: int = 12) -> st.SearchStrategy[str]:
    """OIDs of at most 64 characters."""
    roots = st.sampled_from(["0", "1"]).flatmap(
        lambda root: st.integers(0, 39).map(lambda arc: f"{root}.{arc}")
    ) | st.integers(0, 999).map(lambda arc: f"2.{arc}")
    arcs = st.lists(st.integers(0, 10**12), max_size=max_arcs)
    return st.builds(lambda root, rest: ".".join([root, *map(str, rest)]), roots, arcs).filter(
        lambda oid: len(oid) <= 64
    )


def xml_names() -> st.SearchStrategy[str]:
    """Names of elements and attributes without prefix."""
    return st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,12}", fullmatch=True).filter(
        lambda name: not name.lower().startswith("xml")
    )


BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def xml_text() -> st.SearchStrategy[str]:
    """Text that XML 1.0 can hold (§2.2 Char), line ends as a parser gives them."""
    return st.text(
        st.characters(
            exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", codec="utf-8"
        )
        | st.sampled_from("\t\n"),
        max_size=60,
    )


def model_texts() -> st.SearchStrategy[str]:
    """Texts that a document holds: no control, nor one that reorders them, not only spaces."""
    return st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp"), exclude_characters=BIDI),
        min_size=1,
        max_size=20,
    ).filter(lambda text: bool(text.strip()))


_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def matricule_numbers() -> st.SearchStrategy[str]:
    """13 characters; Corsica, pseudo-months and former départements included."""
    departments = st.sampled_from(["2A", "2B"]) | st.integers(0, 99).map("{:02d}".format)
    return st.builds(
        "{}{:02d}{:02d}{}{:06d}".format,
        st.integers(1, 8),
        st.integers(0, 99),
        st.integers(1, 12) | st.integers(0, 99),
        departments,
        st.integers(0, 999_999),
    )


def matricules(
    *, oids: st.SearchStrategy[str | None] | None = None
) -> st.SearchStrategy[Matricule]:
    """Numbers with the right key, most of them, or any key; each INS OID, or none."""
    given = st.sampled_from(sorted(INS_OIDS)) if oids is None else oids

    def made(number: str, oid: str | None, key: int | None) -> Matricule:
        digits = matricule_key(number) if key is None else f"{key:02d}"
        return Matricule(number=number, key=digits, oid=oid)

    keys = st.sampled_from([None, None, None, 0, 7, 97, 99])
    return st.builds(made, matricule_numbers(), given, keys)


def insi_names(max_size: int = 100) -> st.SearchStrategy[str]:
    """Names in the INSi form, separators anywhere INSi admits them."""
    words = st.text(_CAPITALS, min_size=1, max_size=12)
    joined = st.lists(
        st.tuples(words, st.sampled_from([" ", "-", "'"])), min_size=1, max_size=6
    ).map(lambda parts: "".join(word + mark for word, mark in parts)[:-1])
    return (joined | words | st.text(_CAPITALS, min_size=95, max_size=100)).filter(
        lambda name: len(name) <= max_size
    )


def written_names() -> st.SearchStrategy[str]:
    """Names as people type them: any case, diacritics, typographic marks, and anything at all."""
    typed = st.text(
        st.sampled_from(_CAPITALS.lower() + "éÈçïÿœÆßØđŁ\u0301\u2019´`–‐ -'\u00a0"), max_size=20
    )
    return insi_names() | typed | st.text(max_size=12)


def birth_places() -> st.SearchStrategy[str]:
    """COG codes, Corsica, abroad and unknown included."""
    corsica = st.integers(0, 999).map(lambda n: f"2{'AB'[n % 2]}{n:03d}")
    return (
        st.integers(0, 99_999).map("{:05d}".format) | corsica | st.sampled_from(["99999", "99352"])
    )


def traits() -> st.SearchStrategy[Traits]:
    """Any traits, complete or not."""
    return st.builds(
        Traits,
        birth_name=written_names(),
        birth_given_names=written_names(),
        birth_date=st.none() | st.dates(),
        sex=st.none() | st.sampled_from(Sex),
        birth_place=st.just("") | birth_places() | st.text(max_size=6),
    )


def _identity(values: dict[str, Any]) -> Identity | None:
    try:
        return Identity(**values)
    except InvalidValue:
        return None


def identities(**fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Identity]:
    """Every identity that can be made, local or asserted; `fixed` gives fields their strategy."""
    fields: dict[str, st.SearchStrategy[Any]] = {
        "birth_name": written_names(),
        "birth_given_names": written_names(),
        "first_birth_given_name": written_names(),
        "birth_date": st.none() | st.dates(),
        "received_birth_date": st.sampled_from(["", "1950-00-00", "1950"]),
        "birth_date_completed": st.booleans(),
        "sex": st.none() | st.sampled_from(Sex),
        "birth_place": st.just("") | birth_places() | st.text(max_size=6),
        "birth_place_name": st.text(max_size=6),
        "used_name": written_names(),
        "used_given_name": written_names(),
        "matricule": st.none() | matricules(oids=st.none() | st.sampled_from(sorted(INS_OIDS))),
        "status": st.sampled_from(IdentityStatus),
        "attributes": st.sets(st.sampled_from(Attribute)),
        "asserted": st.booleans(),
        "history": st.lists(matricules(), max_size=2),
        "former_traits": st.lists(traits(), max_size=2),
        "multiple_birth_order": st.none() | st.integers(1, 9),
    }
    return (
        st.fixed_dictionaries({**fields, **fixed})
        .map(_identity)
        .filter(lambda identity: identity is not None)
    )


def qualified(**fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Identity]:
    """Local identities QUALIFIEE with every trait; names may still be too long to write."""
    oids = st.sampled_from(sorted(INS_OIDS))
    return identities(
        **{
            "birth_name": insi_names(),
            "birth_given_names": insi_names(),
            "birth_date": st.dates(),
            "sex": st.sampled_from([Sex.M, Sex.F]),
            "birth_place": st.just("") | birth_places(),
            "matricule": matricule_numbers().flatmap(
                lambda number: oids.map(
                    lambda oid: Matricule(number=number, key=matricule_key(number), oid=oid)
                )
            ),
            "status": st.just(IdentityStatus.QUALIFIEE),
            "attributes": st.sampled_from([frozenset(), frozenset({Attribute.HOMONYME})]),
            "asserted": st.just(False),
            **fixed,
        }
    )


def json_values() -> st.SearchStrategy[Any]:
    """Any JSON."""
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        ),
        max_leaves=8,
    )


# -- documents ----------------------------------------------------------------------------------


def people_names() -> st.SearchStrategy[PersonName]:
    """Names of professionals and relatives, with civility and title or not."""
    return st.builds(
        PersonName,
        family=model_texts(),
        given=st.just("") | model_texts(),
        civility=st.sampled_from(["", "M", "MME", "Madame"]),
        title=st.sampled_from(["", "DR", "PR", "Docteur"]),
    )


def contacts() -> st.SearchStrategy[dict[str, Any]]:
    """Addresses and telecoms, each once."""
    telecoms = st.builds(
        Telecom.phone,
        st.integers(10**8, 10**9 - 1).map("0{}".format),
        st.sampled_from(["", "H", "WP", "MC"]),
    ) | st.builds(
        Telecom.email, st.from_regex(r"[a-z]{1,9}\.[a-z]{1,9}@[a-z]{1,9}\.fr", fullmatch=True)
    )
    lines = st.lists(model_texts(), min_size=1, max_size=7).map(
        lambda rows: Address(lines=tuple(rows))
    )
    parts = st.builds(
        Address,
        use=st.sampled_from(["", "H", "WP", "TMP"]),
        street_name=st.just("") | model_texts(),
        postal_code=st.integers(0, 99_999).map("{:05d}".format),
        city=model_texts(),
        country=st.sampled_from(["", "FRANCE"]),
    )
    # The kit compares addresses by their folded text.
    told = {
        "unique_by": lambda item: " ".join(
            "".join((*item.lines, *(t for _, t in item.parts))).split()
        )
    }
    return st.fixed_dictionaries(
        {
            "telecoms": st.lists(telecoms, max_size=2, unique_by=lambda item: item.value).map(
                tuple
            ),
            "addresses": st.lists(lines | parts, max_size=2, **told).map(tuple),
        }
    )


def _of(name: str) -> st.SearchStrategy[Code]:
    return st.sampled_from([code for code in value_set(name) if not code.retired()])


def document_organizations() -> st.SearchStrategy[Organization]:
    """Structures with every form of Struct_IdNat and every facility type."""
    idnats = st.sampled_from(
        ["1750803447", "2552100554", "355210055400013", "12A0000014", "410000336601001"]
    )
    return st.builds(
        lambda more, **fields: Organization(**fields, **more),
        contacts(),
        idnat=idnats,
        name=st.just("") | model_texts(),
        facility_type=_of("J02"),
        practice_setting=_of("J04"),
    )


def document_professionals() -> st.SearchStrategy[Professional]:
    """Professionals with their number, of any profession of JDV_J01."""
    return st.builds(
        lambda more, **fields: Professional(**fields, **more),
        contacts(),
        idnat=st.integers(0, 10**11 - 1).map("8{:011d}".format),
        name=people_names(),
        profession=st.none() | _of("J01"),
        function=st.none() | _of("J47"),
        organization=st.none() | document_organizations(),
    )


def relatives() -> st.SearchStrategy[RelatedPerson]:
    """Persons near the patient, as informants."""
    return st.builds(
        lambda more, **fields: RelatedPerson(**fields, **more),
        contacts(),
        name=people_names(),
        class_code=st.sampled_from(["ECON", "NOK", "CON", "CAREGIVER", "PAT"]),
        relation=st.none() | _of("J11"),
    )


def local_ids() -> st.SearchStrategy[LocalId]:
    """Identifiers of other domains than the INS."""
    return st.builds(
        LocalId, root=oids().filter(lambda root: root not in INS_OIDS), extension=model_texts()
    )


def document_patients() -> st.SearchStrategy[Patient]:
    """Patients that a document can be about: qualified with every trait, or local."""
    names = st.just("") | insi_names()
    born = st.dates(max_value=date(1949, 12, 31))  # before every moment of `instants`
    with_ins = qualified(
        birth_date=born,
        first_birth_given_name=insi_names(),
        birth_place=birth_places(),
        birth_place_name=st.just("") | model_texts(),
        used_name=names,
        used_given_name=names,
    )
    without = identities(
        birth_name=model_texts(),
        birth_given_names=model_texts(),
        first_birth_given_name=st.just("") | model_texts(),
        birth_date=born,
        sex=st.sampled_from(Sex),
        birth_place=st.just("") | birth_places(),
        birth_place_name=st.just("") | model_texts(),
        used_name=st.just("") | model_texts(),
        used_given_name=st.just("") | model_texts(),
    ).filter(lambda identity: not identity.may_transmit_ins)
    guardians = st.lists(relatives() | document_organizations(), max_size=2).map(tuple)
    return st.builds(
        lambda more, **fields: Patient(**fields, **more),
        contacts(),
        identity=with_ins | without,
        ids=st.lists(
            local_ids(), min_size=1, max_size=2, unique_by=lambda item: (item.root, item.extension)
        ).map(tuple),
        guardians=guardians,
        deceased_time=st.none() | st.dates(),
        provider=st.none() | document_organizations(),
    )


def instants() -> st.SearchStrategy[datetime]:
    """Moments with the offsets of French territories."""
    hours = st.sampled_from([-10, -4, -3, 0, 1, 2, 4, 11])
    naive = st.datetimes(datetime(1950, 1, 1), datetime(2050, 1, 1))  # noqa: DTZ001
    return st.builds(
        lambda day, shift: day.replace(tzinfo=timezone(timedelta(hours=shift))), naive, hours
    )


def periods() -> st.SearchStrategy[Period]:
    """Open, closed, and of one moment."""
    spans = st.timedeltas(timedelta(seconds=1), timedelta(days=400))
    return st.builds(
        lambda low, span: Period(low=low, high=None if span is None else low + span),
        instants(),
        st.none() | spans,
    )


def wrap_arguments() -> st.SearchStrategy[dict[str, Any]]:
    """Arguments that `cda.wrap` accepts, each optional part present or not."""
    person, place = document_professionals(), document_organizations()
    # The note de vaccination has level 3 alone; E1762 (ASTM) is a kind of signature document.
    left_out = {"87273-9", "E1762"}
    kinds = st.sampled_from([code for code in value_set("J07") if code.code not in left_out])
    participants = st.builds(
        Participant,
        type=st.sampled_from(["REF", "REFB", "INF", "RESP", "PRF", "CON", "VRF"]),
        entity=person | place,
        function=st.none() | _of("J47"),
        time=st.none() | periods(),
        role_class=st.sampled_from(["PROV", "AGNT"]),
    )
    acts = st.builds(
        ServiceEvent,
        code=st.none()
        | st.builds(
            Code,
            code=st.from_regex(r"[A-Z]{4}[0-9]{3}", fullmatch=True),
            system=st.just("1.2.250.1.215.300.1"),
            label=model_texts(),
        ),
        text=st.just("") | model_texts(),
        period=st.none() | periods(),
        performer=st.none() | person,
        completed=st.booleans(),
    )
    stays = st.builds(
        Encounter,
        ids=st.lists(local_ids(), max_size=1).map(tuple),
        code=st.none() | _of("J142"),
        period=st.none() | periods(),
        responsible=st.none() | person,
        facility=st.none() | place,
    )
    orders = st.builds(
        Order, ids=local_ids().map(lambda item: (item,)), text=st.just("") | model_texts()
    )
    return st.fixed_dictionaries(
        {
            "patient": document_patients(),
            "author": person,
            "custodian": place,
            "type": kinds.map(lambda code: DocumentType.of(code.code, code.system)),
            "title": model_texts(),
            "created": instants(),
            "performed": periods(),
            "setting": st.sampled_from(Setting),
        },
        optional={
            "encounter": stays,
            "acts": st.lists(acts, max_size=2),
            "legal_authenticator": person,
            "authenticators": st.lists(person, max_size=1),
            "data_enterer": person,
            "informants": st.lists(person | relatives(), max_size=2),
            "recipients": st.lists(person | place | relatives(), max_size=2),
            "participants": st.lists(participants, max_size=2),
            "orders": st.lists(orders, max_size=1),
            "confidentiality": st.sampled_from(["N", "R", "V"]),
            "language": st.sampled_from(["fr-FR", "en-US"]),
            "body_language": st.sampled_from(["", "de-DE"]),
        },
    )  # fmt: skip
