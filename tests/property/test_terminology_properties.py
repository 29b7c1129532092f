from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segur_interop.errors import UnknownCode, UnknownValueSet
from segur_interop.terminology import (
    Code,
    association,
    class_for_type,
    format_for_media_type,
    format_for_template,
    value_set,
    value_sets,
)

anything = st.text(st.characters(), max_size=40)
names = st.sampled_from(["J01", "J07", "J48", "J59", "JDV_HL7_ObservationInterpretation_CISIS"])
known = names.flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(value_set(name).codes)))


@given(name=names, code=anything, system=st.none() | anything, label=st.none() | anything)
def test_reading_any_text_gives_a_code_that_keeps_it_and_findings(
    name: str, code: str, system: str | None, label: str | None
) -> None:
    read, findings = value_set(name).read(code, system, label, "place")
    assert read.code == code
    assert read.system == system or not system
    assert read.label == label or not label
    assert all(finding.rule.startswith("terminology.") for finding in findings)
    assert findings or (code, system) in value_set(name)


@given(name=names, code=anything, system=st.none() | anything)
def test_get_gives_what_find_gives_or_unknown_code(
    name: str, code: str, system: str | None
) -> None:
    chosen = value_set(name)
    found = chosen.find(code, system)
    if found is None or chosen.valid_until:
        with pytest.raises(UnknownCode, match=chosen.name):
            chosen.get(code, system)
    else:
        assert chosen.get(code, system) is found


@given(pair=known)
def test_a_code_of_the_table_is_found_by_its_code_and_system(pair: tuple[str, Code]) -> None:
    name, code = pair
    chosen = value_set(name)
    assert code in chosen
    found = chosen.find(code.code, code.system)
    assert found is code
    read, _ = chosen.read(code.code, code.system, code.label)
    assert read == code


@given(code=anything, system=st.none() | anything)
def test_associations_answer_any_text(code: str, system: str | None) -> None:
    assert class_for_type(code, system) == association("ASS_X16").find(code, system)
    format_for_template(code)
    format_for_media_type(code)


@given(name=anything)
def test_any_name_is_unknown_or_that_of_a_value_set(name: str) -> None:
    numbers = {known.split("_")[1] for known in value_sets()}
    if name.strip().upper() in numbers:
        assert value_set(name).name in value_sets()
    else:
        with pytest.raises(UnknownValueSet, match="lists the"):
            value_set(name)


@given(code=st.text(st.characters(categories=["Lu"]), min_size=8, max_size=30))
def test_an_error_does_not_repeat_what_was_asked(code: str) -> None:
    with pytest.raises(UnknownCode) as caught:
        value_set("J07").get(code, place="place")
    assert code not in str(caught.value) or code in value_set("J07")
