"""A name told twice, in PID and in the document, is one name whatever its spaces."""

from __future__ import annotations

import hl7_samples as samples
import people
import pytest
from documents import minimal

from segur_interop import cda, hl7
from segur_interop.model import LocalId, Patient


@pytest.mark.parametrize("name", ["0\u00a0A", "DE\u00a0LA  TOUR", "0\u2003A"])
def test_the_spaces_that_xml_folds_make_no_other_patient(name: str) -> None:
    identity = people.traits_only(people.BY_ID["kit-1"], birth_name=name, birth_given_names=name)
    own = LocalId(root="1.2.250.1.999.1", extension="IPP1", type="PI")
    arguments = {**minimal(), "patient": Patient(identity=identity, ids=(own,))}
    document = cda.wrap(cda.PlainText("x"), **arguments)
    read = hl7.read_transport(hl7.oru(document, header=samples.HEADER))
    assert not [finding for finding in read.findings if "patient" in finding.rule]
    assert read.is_integrable
