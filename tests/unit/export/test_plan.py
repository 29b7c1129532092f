"""The plan of an import: sure where the rules are, a person's business everywhere else."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from documents import HOSPITAL, NOW, minimal
from people import BY_ID, local
from populations import IPP_ROOT, Population

from segur_interop import cda, export, xdm
from segur_interop.errors import InvalidValue
from segur_interop.export import Decision, Ground, ReceivedItem, ReceivedPatient, import_plan
from segur_interop.findings import Finding, Severity
from segur_interop.ins import Attribute, Identity, IdentityStatus, Matricule, Sex
from segur_interop.model import LocalId, Patient

QUALIFIED = local(BY_ID["insi-11"])
BARE = Identity(
    birth_name="SANS-INS", birth_given_names="CAMILLE", birth_date=date(1980, 2, 3), sex=Sex.F,
    birth_place="75056",
)  # fmt: skip
NUMBER = LocalId(root=IPP_ROOT, extension="IPP7", type="PI")


def sent(
    identity: Identity, *ids: LocalId, place: str = "LOT00001/PAT00001.ZIP", **more: object
) -> ReceivedPatient:
    status = identity.status
    asserted = dataclasses.replace(identity, asserted=True, status=status)
    return ReceivedPatient(place=place, identity=asserted, ids=ids, **more)  # type: ignore[arg-type]


def item(octets: bytes = b"1", sha256: str = "a" * 64) -> ReceivedItem:
    return ReceivedItem(id="1", entry=xdm.Entry(octets, xdm.DocumentEntry()), sha256=sha256)


def only(plan: export.ImportPlan[Patient]) -> export.Planned[Patient]:
    (planned,) = plan
    return planned


def test_the_same_ins_on_both_sides_attaches_and_changes_nothing():
    record = Patient(identity=QUALIFIED)
    before = record.to_dict()
    planned = only(import_plan([sent(QUALIFIED)], [record]))
    assert (planned.decision, planned.ground) == (Decision.ATTACH, Ground.INS)
    assert planned.candidate is record
    assert record.to_dict() == before
    assert not planned.to_qualify


def test_an_ins_qualified_on_one_side_only_is_proposed():
    validated = dataclasses.replace(QUALIFIED, status=IdentityStatus.RECUPEREE)
    record = Patient(identity=validated)
    planned = only(import_plan([sent(QUALIFIED)], [record]))
    assert (planned.decision, planned.ground) == (Decision.PROPOSE, Ground.TRAITS)
    assert planned.candidate is record
    assert planned.to_qualify
    recovered = only(import_plan([sent(validated)], [Patient(identity=QUALIFIED)]))
    assert recovered.decision is Decision.PROPOSE


def test_the_same_ins_and_another_birth_date_is_never_attached():
    other = dataclasses.replace(QUALIFIED, birth_date=date(1901, 1, 1))
    planned = only(import_plan([sent(QUALIFIED)], [Patient(identity=other)]))
    assert planned.decision is Decision.PROPOSE


def test_strict_traits_alone_propose_and_nothing_creates():
    record = Patient(identity=BARE)
    planned = only(import_plan([sent(BARE)], [record]))
    assert (planned.decision, planned.ground) == (Decision.PROPOSE, Ground.TRAITS)
    assert planned.candidate is record
    created = only(import_plan([sent(BARE)], []))
    assert (created.decision, created.ground) == (Decision.CREATE, Ground.NONE)
    assert created.to_qualify
    assert created.candidate is None


def test_two_local_homonyms_are_both_proposed_and_none_first():
    records = [Patient(identity=BARE, ids=(LocalId(root="1.2.3", extension=str(n)),))
               for n in (1, 2)]  # fmt: skip
    planned = only(import_plan([sent(BARE)], records))
    assert planned.decision is Decision.PROPOSE
    assert planned.candidate is None
    assert len(planned.others) == 2


def test_an_identifier_proposes_and_attaches_only_in_a_shared_domain():
    record = Patient(identity=BARE, ids=(NUMBER,))
    planned = only(import_plan([sent(BARE, NUMBER)], [record]))
    assert (planned.decision, planned.ground) == (Decision.PROPOSE, Ground.LOCAL_ID)
    shared = only(import_plan([sent(BARE, NUMBER)], [record], shared_domains={IPP_ROOT}))
    assert (shared.decision, shared.candidate) == (Decision.ATTACH, record)


@pytest.mark.parametrize(
    "changes",
    [
        {"birth_date": date(1980, 2, 4)},
        {"birth_name": "AUTRE"},
        {"sex": Sex.M},
        {"attributes": frozenset({Attribute.HOMONYME})},
    ],
    ids=["date", "name", "sex", "homonyme"],
)
def test_an_identifier_with_other_traits_never_attaches(changes: dict[str, object]):
    record = Patient(identity=dataclasses.replace(BARE, **changes), ids=(NUMBER,))  # type: ignore[arg-type]
    planned = only(import_plan([sent(BARE, NUMBER)], [record], shared_domains={IPP_ROOT}))
    assert planned.decision is Decision.PROPOSE


def test_an_identifier_without_domain_is_no_ground():
    own = LocalId(extension="7", namespace="GAM", type="PI")
    other = dataclasses.replace(BARE, birth_name="AUTRE", birth_date=date(1950, 1, 1))
    planned = only(import_plan([sent(BARE, own)], [Patient(identity=other, ids=(own,))]))
    assert planned.decision is Decision.CREATE


def test_an_ins_and_an_identifier_that_lead_to_two_records_are_looked_at():
    by_ins = Patient(identity=QUALIFIED)
    by_id = Patient(identity=BARE, ids=(NUMBER,))
    planned = only(import_plan([sent(QUALIFIED, NUMBER)], [by_ins, by_id]))
    assert (planned.decision, planned.ground) == (Decision.REVIEW, Ground.DOUBT)


def test_two_patients_received_that_lead_to_one_record_are_both_looked_at():
    record = Patient(identity=BARE, ids=(NUMBER,))
    other = dataclasses.replace(BARE, birth_given_names="CLAUDE")
    plan = import_plan(
        [sent(BARE, NUMBER, place="1"), sent(other, NUMBER, place="2")],
        [record],
        shared_domains={IPP_ROOT},
    )
    assert [one.decision for one in plan] == [Decision.REVIEW] * 2
    assert all(any(f.rule == "export.plan.shared" for f in one.findings) for one in plan)


def test_a_query_that_makes_new_records_each_time_is_seen_through():
    def query(_: ReceivedPatient) -> list[Patient]:
        return [Patient(identity=BARE, ids=(NUMBER,))]

    patients = [sent(BARE, NUMBER, place="1"), sent(BARE, NUMBER, place="2")]
    plan = import_plan(patients, query, shared_domains={IPP_ROOT})
    assert [one.decision for one in plan] == [Decision.REVIEW] * 2


def test_one_ins_on_two_patients_received_is_looked_at():
    twin = dataclasses.replace(QUALIFIED, birth_given_names="AUTRE")
    plan = import_plan([sent(QUALIFIED, place="1"), sent(twin, place="2")], [])
    assert [one.decision for one in plan] == [Decision.REVIEW] * 2


def test_one_identifier_on_two_patients_received_is_looked_at():
    other = dataclasses.replace(BARE, birth_name="AUTRE")
    elsewhere = LocalId(root="1.2.250.1.999.77", extension=NUMBER.extension, type="PI")
    patients = [
        sent(BARE, NUMBER, place="1"),
        sent(other, NUMBER, place="2"),
        sent(other, elsewhere, place="3"),
    ]
    plan = import_plan(patients, [])
    assert [one.decision for one in plan] == [Decision.REVIEW] * 2 + [Decision.CREATE]
    assert all(
        any(f.rule == "export.plan.same-id" for f in one.findings) for one in tuple(plan)[:2]
    )


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        ({}, Decision.ATTACH),
        ({"birth_name": "MARIAGE"}, Decision.ATTACH),
        ({"birth_given_names": "CAMILLE CLAUDE", "birth_date": date(1980, 2, 4)}, Decision.ATTACH),
        ({"birth_name": "AUTRE", "birth_date": date(1955, 8, 5)}, Decision.REVIEW),
        ({"birth_given_names": "ALIX", "birth_date": date(1985, 2, 3)}, Decision.REVIEW),
    ],
    ids=["same", "one trait", "one trait and a shorter list", "name and date", "sibling"],
)
@pytest.mark.parametrize("kind", ["text/xml", "application/pdf"])
def test_a_document_of_another_person_is_looked_at_though_the_catalogue_tells_it(
    tmp_path: Path, changes: dict[str, object], decision: Decision, kind: str
):
    written = dataclasses.replace(BARE, status=IdentityStatus.VALIDEE, **changes)  # type: ignore[arg-type]
    patient = Patient(identity=written, ids=(NUMBER,))
    letter = cda.wrap(cda.PlainText("x"), **minimal(patient=patient))
    record = export.Record(
        key="1",
        patient=Patient(identity=BARE, ids=(NUMBER,)),
        items=[export.Item(id="a", content=bytes(letter), mime_type=kind)],
    )
    export.portability(
        [record], tmp_path / "out", request=export.Request(), sender=HOSPITAL
    ).finish()
    local_record = Patient(identity=BARE, ids=(NUMBER,))
    plan = import_plan(export.receive(tmp_path / "out"), [local_record], shared_domains={IPP_ROOT})
    planned = only(plan)
    assert planned.decision is decision
    assert planned.candidate is local_record
    told = {item.rule for item in planned.findings}
    assert ("export.plan.document" in told) == (decision is Decision.REVIEW)
    report = export.verify(tmp_path / "out")
    assert report
    seen = {item.rule for item in report}
    told_so = decision is Decision.REVIEW and kind == "text/xml"
    assert ("export.identity.other-person" in seen) == told_so
    (received,) = export.receive(tmp_path / "out")
    rules = {found.rule for item in received.items for found in item.findings}
    assert ("export.document.type" in rules) == (kind != "text/xml")


def test_two_homonyms_received_stay_two_and_are_told():
    plan = import_plan([sent(BARE, place="1"), sent(BARE, place="2")], [])
    assert [one.decision for one in plan] == [Decision.CREATE] * 2
    assert all(any(f.rule == "export.plan.homonym" for f in one.findings) for one in plan)


def test_a_doubt_of_the_reception_goes_to_a_person():
    doubt = Finding(rule="export.identity.several", message="x", severity=Severity.ERROR)
    patient = sent(QUALIFIED, findings=(doubt,))
    planned = only(import_plan([patient], [Patient(identity=QUALIFIED)]))
    assert (planned.decision, planned.candidate) == (Decision.REVIEW, None)


@pytest.mark.parametrize("status", list(IdentityStatus))
def test_no_status_and_no_absence_of_ins_blocks(status: IdentityStatus):
    bare = dataclasses.replace(BARE, asserted=True, status=status)
    planned = only(import_plan([ReceivedPatient(place="1", identity=bare)], []))
    assert planned.decision is Decision.CREATE
    assert planned.to_qualify


def test_a_number_of_another_authority_is_never_attached():
    matricule = QUALIFIED.matricule
    assert matricule is not None
    other = Matricule.parse(matricule.value, "1.2.250.1.213.1.4.9")
    record = Patient(identity=dataclasses.replace(QUALIFIED, matricule=other))
    assert only(import_plan([sent(QUALIFIED)], [record])).decision is not Decision.ATTACH


def test_what_is_filed_already_is_counted_and_not_filed_twice():
    patient = sent(BARE, items=(item(), item(sha256="b" * 64), item(sha256="")), lost=1)
    planned = only(import_plan([patient], [], known={"a" * 64}))
    assert (planned.items, planned.known, planned.refused) == (1, 1, 2)
    again = only(import_plan([patient], [], known={"a" * 64, "b" * 64}))
    assert (again.items, again.known) == (0, 2)


def test_an_index_decides_as_a_walk_does(tmp_path: Path):
    """The records near a patient, and all of them, give the same plan."""
    records = [record.patient for record in Population(tmp_path / "source", plain=40)]
    patients = [sent(one.identity, *one.ids, place=str(rank)) for rank, one in enumerate(records)]
    near = import_plan(patients, records)
    walked = import_plan(patients, lambda _: records)
    assert [(one.decision, one.ground, len(one.others)) for one in near] == [
        (one.decision, one.ground, len(one.others)) for one in walked
    ]


def test_a_record_without_identity_is_refused():
    with pytest.raises(TypeError):
        import_plan([sent(BARE)], ["a name"])  # type: ignore[list-item]


def test_a_repr_names_nobody():
    plan = import_plan([sent(QUALIFIED)], [Patient(identity=QUALIFIED)])
    text = f"{plan!r}{plan.planned!r}"
    assert QUALIFIED.birth_name not in text
    assert plan.counts["ATTACH"] == 1


def test_an_acknowledgement_tells_what_is_taken_and_names_nobody(tmp_path: Path):
    folder = tmp_path / "out"
    population = Population(tmp_path / "source", plain=3, broken=2)
    export.portability(
        population, folder, request=export.Request(), sender=HOSPITAL, extract_time=NOW
    ).finish()
    octets = (folder / "LOT00001/PAT00002.ZIP").read_bytes()
    (folder / "LOT00001/PAT00002.ZIP").write_bytes(octets[:-50])
    reception, report = export.receive(folder), export.verify(folder)
    plan = import_plan(reception, [])
    told = export.acknowledge(reception, report, plan, received=NOW)
    told.save(tmp_path / "ar.json")
    data = json.loads((tmp_path / "ar.json").read_text())
    manifest = hashlib.sha256((folder / "MANIFEST.XML").read_bytes()).hexdigest()
    assert data["manifest_sha256"] == manifest
    assert data["verdict"] == "failed"
    assert data["items"]["refused"] == 2
    assert data["items"]["taken"] == len((folder / "CATALOG.JSL").read_bytes().splitlines()) - 2
    assert data["reasons"]["export.archive.unreadable"] == 1
    assert not any(word in json.dumps(data) for word in ("HOMONYME", "CAMILLE", "IPP"))
    with pytest.raises(InvalidValue):
        export.acknowledge(reception, report, plan, received=NOW.replace(tzinfo=None))
