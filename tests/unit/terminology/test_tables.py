from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from importlib.resources import files

import pytest

from segur_interop import terminology
from segur_interop.errors import UnknownCode, UnknownValueSet
from segur_interop.terminology import (
    Confidentiality,
    Masking,
    association,
    associations,
    class_for_type,
    format_for_media_type,
    format_for_template,
    value_set,
    value_sets,
)

LOINC = "2.16.840.1.113883.6.1"
TRE_A05 = "1.2.250.1.213.1.1.4.12"
TRE_A06 = "1.2.250.1.213.1.1.4.2.282"
IHE_FORMAT = "1.3.6.1.4.1.19376.1.2.3"

# Counts of the sources (ANS CDA kit 3.0 and NOS pages), counted outside this library.
COUNTS = {
    "J01": 396,
    "J02": 69,
    "J04": 12,
    "J07": 114,
    "J08": 6,
    "J11": 37,
    "J47": 10,
    "J48": 54,
    "J57": 12,
    "J58": 6,
    "J59": 101,
    "J60": 62,
    "J61": 68,
    "J66": 108,
    "J113": 2,
    "J140": 6,
    "J141": 2,
    "J142": 8,
    "J143": 3,
    "J144": 7,
    "J197": 7,
    "J231": 3,
    "J245": 2,
    "J246": 6,
}


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "J07",
            "j07",
            "JDV_J07",
            "JDV_J07_XdsTypeCode_CISIS",
            "JDV_J07-XdsTypeCode-CISIS",
            "1.2.250.1.213.1.1.5.471",
        ],
    )
    def test_every_way_to_name_a_value_set_gives_the_same_object(self, name: str) -> None:
        assert value_set(name) is value_set("J07")

    @pytest.mark.parametrize("name", ["ASS_X16", "1.2.250.1.213.1.1.5.587", associations()[3]])
    def test_every_way_to_name_an_association_gives_the_same_object(self, name: str) -> None:
        assert association(name) is association("ASS_X16")

    @pytest.mark.parametrize("name", ["J99", "ASS_X16", "", "J0", "JDV", "../index", "index"])
    def test_an_unknown_value_set_says_how_to_list_the_known_ones(self, name: str) -> None:
        with pytest.raises(UnknownValueSet) as caught:
            value_set(name)
        assert isinstance(caught.value, LookupError)
        message = str(caught.value)
        assert f"terminology.value_sets() lists the {len(value_sets())}" in message
        assert len(message) < 200

    def test_a_value_set_is_no_association(self) -> None:
        with pytest.raises(UnknownValueSet, match=r"terminology\.associations\(\) lists the"):
            association("J07")

    @pytest.mark.parametrize("name", ["SOME TEXT, NOT A NAME", "DUPONT", "279035121518989"])
    def test_what_was_asked_is_not_repeated(self, name: str) -> None:
        for ask in (value_set, association):
            with pytest.raises(UnknownValueSet) as caught:
                ask(name)
            assert name not in str(caught.value)

    @pytest.mark.parametrize("wrong", [None, 5, b"J07"], ids=type)
    def test_a_name_is_a_text(self, wrong: object) -> None:
        for ask in (value_set, association, format_for_media_type, format_for_template):
            with pytest.raises(TypeError, match="is a str, not"):
                ask(wrong)  # type: ignore[arg-type]

    def test_names_are_sorted_and_all_load(self) -> None:
        assert list(value_sets()) == sorted(value_sets())
        assert [value_set(name).name for name in value_sets()] == list(value_sets())
        assert [association(name).name for name in associations()] == list(associations())


class TestContent:
    @pytest.mark.parametrize(("name", "count"), COUNTS.items(), ids=COUNTS)
    def test_a_value_set_is_whole(self, name: str, count: int) -> None:
        assert len(value_set(name)) == count

    @pytest.mark.parametrize(
        ("name", "count"), [("ASS_X16", 103), ("ASS_X04", 129), ("ASS_A11", 78), ("ASS_A12", 5)]
    )
    def test_an_association_is_whole(self, name: str, count: int) -> None:
        assert len(association(name)) == count

    @pytest.mark.parametrize("name", value_sets())
    def test_no_code_lacks_its_system_or_its_label(self, name: str) -> None:
        found = value_set(name)
        assert all(code.code and code.system and code.label for code in found)
        assert len({(code.code, code.system) for code in found}) == len(found)

    @pytest.mark.parametrize("name", [*value_sets(), *associations()])
    def test_the_index_says_what_the_files_say(self, name: str) -> None:
        folder = files("segur_interop.terminology") / "data"
        entries = json.loads((folder / "index.json").read_bytes())["entries"]
        (entry,) = [entry for entry in entries if entry["name"] == name]
        document = json.loads((folder / f"{name}.json").read_bytes())
        items = document.get("concepts") or document["pairs"]
        assert entry == {**document["about"], "count": len(items)}

    def test_a_header_states_what_its_source_states_and_no_more(self) -> None:
        j07, a11 = value_set("J07"), association("ASS_A11")
        assert (j07.oid, j07.revision) == ("1.2.250.1.213.1.1.5.471", date(2024, 9, 27))
        assert j07.source_file == "JDV_J07_XdsTypeCode_CISIS.xml"
        assert (a11.oid, a11.revision) == (None, None)

    def test_the_one_ambiguous_code_of_the_dmp_content_types_is_told(self) -> None:
        assert value_set("J59").find("11") is None
        with pytest.raises(UnknownCode, match="give the system"):
            value_set("J59").get("11")

    def test_the_closed_value_set_of_the_kit_is_only_read(self) -> None:
        j48 = value_set("J48")
        assert j48.valid_until == date(2024, 12, 13)
        with pytest.raises(UnknownCode):
            j48.get(j48.codes[0].code, j48.codes[0].system)

    def test_unknown_sex_is_inconnu(self) -> None:
        assert value_set("J143").get("UN").label == "Inconnu"

    def test_the_facilities_that_the_dmp_refuses_are_known(self) -> None:
        cisis = {code.code for code in value_set("J02")}
        dmp = {code.code for code in value_set("J61")}
        assert {"SA66", "SA67"} <= cisis - dmp

    def test_the_hospital_facilities_are_no_content_type_of_the_dmp(self) -> None:
        assert not any(f"SA0{number}" in value_set("J59") for number in (1, 2, 3, 4))
        assert all(code in value_set("J59") for code in ("03", "07", "19", "97", "SA33", "SA07"))


class TestAssociations:
    @pytest.mark.parametrize(
        ("code", "class_code"),
        [
            ("57833-6", "42"),
            ("PRESC-BIO", "42"),
            ("11490-0", "10"),
            ("34874-8", "10"),
            ("18748-4", "31"),
            ("78601-2", "10"),
            ("56445-0", "11"),
            ("SYNTH", "11"),
            ("87273-9", "52"),
            ("60593-1", "43"),
        ],
    )
    def test_the_types_of_the_hospital_and_the_pharmacy_have_their_class(
        self, code: str, class_code: str
    ) -> None:
        found = class_for_type(code)
        assert found is not None
        assert (found.code, found.system) == (class_code, "1.2.250.1.213.1.1.4.1")
        assert found == class_for_type(code, table="ASS_X04")

    def test_the_system_counts(self) -> None:
        assert class_for_type("11490-0", LOINC) is not None
        assert class_for_type("11490-0", TRE_A05) is None

    def test_the_two_tables_agree_on_every_type_that_both_hold(self) -> None:
        both = [
            (end, class_for_type(start.code, start.system, table="ASS_X04"))
            for start, end in association("ASS_X16").pairs
        ]
        assert all(dmp == cisis for dmp, cisis in both)

    def test_a_type_that_the_dmp_table_lacks_has_its_ci_sis_class(self) -> None:
        assert class_for_type("60280-5") is None
        assert class_for_type("60280-5", table="ASS_X04") == value_set("J57").get("11")
        with pytest.raises(UnknownCode, match="ASS_X16"):
            association("ASS_X16").get("60280-5", place="entry.class_code")

    def test_every_class_of_the_dmp_table_is_in_the_dmp_value_set(self) -> None:
        assert {end for _, end in association("ASS_X16").pairs} == set(value_set("J57"))

    @pytest.mark.parametrize(
        ("template", "code", "system"),
        [
            ("1.2.250.1.213.1.1.1.46", "urn:asip:ci-sis:vac-note:2021", TRE_A06),
            ("1.2.250.1.213.1.1.1.29", "urn:asip:ci-sis:ldl-ses:2017", TRE_A06),
            ("1.2.250.1.213.1.1.1.39", "urn:ihe:pharm:pre:2010", IHE_FORMAT),
            ("1.2.250.1.213.1.1.1.55", "urn:ihe:lab:xd-lab:2008", IHE_FORMAT),
            ("1.2.250.1.213.1.1.1.59", "urn:ans:ci-sis:trod:2024", TRE_A06),
            ("1.2.250.1.213.1.1.1.61", "urn:asip:ci-sis:ft-su:2024", TRE_A06),
        ],
    )
    def test_a_template_has_its_format(self, template: str, code: str, system: str) -> None:
        found = format_for_template(template)
        assert found is not None
        assert (found.code, found.system) == (code, system)

    def test_a_level_1_template_has_no_format_of_its_own(self) -> None:
        assert format_for_template("1.3.6.1.4.1.19376.1.2.20") is None

    @pytest.mark.parametrize(
        ("media_type", "code"),
        [
            ("application/pdf", "urn:ihe:iti:xds-sd:pdf:2008"),
            ("Application/PDF; charset=x", "urn:ihe:iti:xds-sd:pdf:2008"),
            ("text/plain", "urn:ihe:iti:xds-sd:text:2008"),
            ("text/rtf", "urn:ihe:iti-fr:xds-sd:rtf:2010"),
            ("image/jpeg", "urn:ihe:iti-fr:xds-sd:jpeg:2010"),
            ("image/tiff", "urn:ihe:iti-fr:xds-sd:tiff:2010"),
        ],
    )
    def test_a_media_type_has_its_format(self, media_type: str, code: str) -> None:
        found = format_for_media_type(media_type)
        assert found is not None
        assert (found.code, found.system) == (code, IHE_FORMAT)
        assert found in value_set("J60")

    def test_another_media_type_has_none(self) -> None:
        assert format_for_media_type("application/msword") is None


class TestClosedLists:
    def test_the_header_takes_every_confidentiality_and_no_mask(self) -> None:
        header = value_set("JDV_HL7_Confidentiality_CISIS")
        assert {member.code for member in Confidentiality} == set(header)
        assert not any(mask.value in header for mask in Masking)

    def test_the_metadata_take_three_confidentialities_and_every_mask(self) -> None:
        plain = {
            Confidentiality.NORMAL,
            Confidentiality.RESTRICTED,
            Confidentiality.VERY_RESTRICTED,
        }
        expected = {member.code for member in (*plain, *Masking)}
        assert set(value_set("J08")) == expected == set(value_set("J58"))

    def test_a_mask_is_found_by_both_spellings(self) -> None:
        legal = Masking.INVISIBLE_REPRESENTANTS_LEGAUX
        assert Masking.of("INVISIBLE_REPRESENTANTS_LEGAUX") is legal
        assert Masking.of("INVISIBLE_REP_LEGAUX") is legal
        assert Masking.of("N") is None
        assert legal.code.system == "1.2.250.1.213.1.1.4.13"
        assert all(len(mask.hl7v2_code) <= 20 for mask in Masking)


class TestImport:
    def test_importing_reads_no_table_and_loads_no_dependency(self) -> None:
        script = (
            "import sys\n"
            "opened = []\n"
            "sys.addaudithook(lambda event, args: event == 'open' and opened.append(args[0]))\n"
            "import segur_interop.terminology as t\n"
            "assert not [f for f in opened if str(f).endswith('.json')], opened\n"
            "heavy = {'lxml', 'json', 'httpx', 'pikepdf', 'PIL'} & set(sys.modules)\n"
            "assert not heavy, heavy\n"
            "t.value_set('J07')\n"
            "read = [str(f) for f in opened if str(f).endswith('.json')]\n"
            "assert len(read) == 2, read\n"
            "t.value_set('JDV_J07')\n"
            "assert len([f for f in opened if str(f).endswith('.json')]) == 2\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def test_every_public_name_is_there(self) -> None:
        assert all(hasattr(terminology, name) for name in terminology.__all__)
