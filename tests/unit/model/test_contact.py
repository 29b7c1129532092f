from __future__ import annotations

import time

import pytest

from segur_interop.errors import InvalidValue
from segur_interop.findings import Severity
from segur_interop.model import Address, PersonName, Telecom
from segur_interop.model.contact import (
    ADDRESS_PARTS,
    ADDRESS_USES,
    CIVILITIES,
    TELECOM_USES,
    TITLES,
)
from segur_interop.terminology import value_set


def rules(value: object) -> list[str]:
    return [finding.rule for finding in value.findings]  # type: ignore[attr-defined]


class TestPersonName:
    def test_a_family_name_of_any_kind_is_enough(self) -> None:
        assert PersonName(family="NESSI").display_family == "NESSI"
        assert PersonName(birth_family="NESSI").display_family == "NESSI"
        assert PersonName(birth_family="NESSI", used_family="DECOURCY").display_family == "DECOURCY"

    def test_no_family_name_is_refused_with_its_place(self) -> None:
        with pytest.raises(InvalidValue) as caught:
            PersonName(given="Ruth")
        assert caught.value.place == "name.family"

    @pytest.mark.parametrize("text", ["NES\x00SI", "NESSI\n", "\ud800", "NE\u2028SSI", "NE\x85SI"])
    def test_control_characters_are_refused_and_not_repeated(self, text: str) -> None:
        with pytest.raises(InvalidValue) as caught:
            PersonName(family=text)
        assert caught.value.place == "name.family"
        assert "SI" not in str(caught.value)

    def test_spaces_are_kept_but_are_no_text(self) -> None:
        assert PersonName(family=" NESSI ").family == " NESSI "
        with pytest.raises(InvalidValue):
            PersonName(family="NESSI", given="  ")

    def test_the_codes_are_those_of_the_value_sets(self) -> None:
        assert {code.code for code in value_set("J245")} == CIVILITIES
        assert {code.code for code in value_set("J246")} == TITLES

    def test_a_civility_out_of_its_value_set_is_an_error_to_write(self) -> None:
        name = PersonName(family="NESSI", civility="Monsieur", title="Dr")
        assert [(item.rule, item.severity) for item in name.findings] == [
            ("name.civility", Severity.ERROR),
            ("name.title", Severity.ERROR),
        ]

    @pytest.mark.parametrize(
        ("civility", "title", "expected"),
        [
            ("Monsieur", "Dr", ("M", "DR")),
            ("Mme", "", ("MME", "")),
            ("Dr", "", ("", "DR")),
            ("Mme", "Pr.", ("MME", "PR")),
            ("Prof", "", ("", "")),
            ("M", "PR", ("M", "PR")),
            ("", "Mme", ("MME", "")),
        ],
    )
    def test_coded_maps_what_is_plain_and_leaves_the_rest_out(
        self, civility: str, title: str, expected: tuple[str, str]
    ) -> None:
        name = PersonName(family="NESSI", civility=civility, title=title).coded()
        assert (name.civility, name.title) == expected
        assert name.findings == ()


class TestAddress:
    def test_components_are_written_in_the_order_of_the_table(self) -> None:
        address = Address(
            city="PARIS", postal_code="75007", street_name="Avenue", house_number="28"
        )
        assert address.parts == (
            ("houseNumber", "28"),
            ("streetName", "Avenue"),
            ("postalCode", "75007"),
            ("city", "PARIS"),
        )

    def test_every_component_of_the_kit_has_a_field(self) -> None:
        filled = Address(**{name: name for name, _ in ADDRESS_PARTS})
        assert len(filled.parts) == 13

    def test_nothing_filled_is_refused(self) -> None:
        with pytest.raises(InvalidValue):
            Address(use="H")

    def test_an_eighth_line_is_refused(self) -> None:
        assert len(Address(lines=("l",) * 7).lines) == 7
        with pytest.raises(InvalidValue) as caught:
            Address(lines=("l",) * 8)
        assert caught.value.place == "address.lines"

    def test_an_empty_line_is_refused_with_its_rank(self) -> None:
        with pytest.raises(InvalidValue) as caught:
            Address(lines=("a", ""))
        assert caught.value.place == "address.lines[1]"

    @pytest.mark.parametrize("use", ["HP PST", "home", "PUB", "h"])
    def test_one_use_of_the_kit_only(self, use: str) -> None:
        with pytest.raises(InvalidValue) as caught:
            Address(city="PARIS", use=use)
        assert caught.value.place == "address.use"

    def test_the_uses_are_accepted(self) -> None:
        assert {Address(city="PARIS", use=use).use for use in ADDRESS_USES} == set(ADDRESS_USES)

    def test_lines_beside_components_are_held_with_a_finding_and_mended_by_as_lines(self) -> None:
        mixed = Address(lines=("5 rue du chêne",), postal_code="92100", city="BOULOGNE", use="WP")
        assert rules(mixed) == ["address.mixed"]
        plain = mixed.as_lines()
        assert plain == Address(lines=("5 rue du chêne", "92100 BOULOGNE"), use="WP")
        assert plain.findings == ()

    def test_as_lines_loses_nothing_beyond_seven(self) -> None:
        filled = Address(lines=("one", "two"), **{name: name.upper() for name, _ in ADDRESS_PARTS})
        lines = filled.as_lines().lines
        assert len(lines) == 7
        text = " ".join(lines)
        assert all(name.upper() in text for name, _ in ADDRESS_PARTS)

    def test_street_is_the_first_line_or_the_joined_components(self) -> None:
        assert Address(lines=("5 rue du chêne", "x")).street == "5 rue du chêne"
        street = Address(house_number="28", street_name_type="Avenue", street_name="de Breteuil")
        assert street.street == "28 Avenue de Breteuil"


class TestTelecom:
    @pytest.mark.parametrize(
        ("typed", "value"),
        [
            ("01 44 95 55 55", "tel:0144955555"),
            ("01.44.95.55.55", "tel:0144955555"),
            ("+33 (0)1 44 95 55 55", "tel:+33144955555"),
            ("0033 (0) 1-44-95-55-55", "tel:0033144955555"),
            ("(0)1 44 95 55 55", "tel:0144955555"),
            ("01\u00a044\u202f95\u00a055\u00a055", "tel:0144955555"),
            ("01–44–95–55–55", "tel:0144955555"),
            ("15", "tel:15"),
        ],
    )
    def test_a_number_becomes_a_uri_without_space(self, typed: str, value: str) -> None:
        assert Telecom.phone(typed, "WP") == Telecom(value=value, use="WP")

    @pytest.mark.parametrize(
        "typed", ["", "  ", "poste 12", "1", "++33", "٠١٤٤", "01+44", "01\n44"]
    )
    def test_what_is_no_number_is_refused(self, typed: str) -> None:
        with pytest.raises(InvalidValue) as caught:
            Telecom.phone(typed)
        assert caught.value.place == "telecom.value"

    def test_fax_has_its_own_scheme(self) -> None:
        assert Telecom.fax("01 44 95 55 56").value == "fax:0144955556"

    @pytest.mark.parametrize(
        "address", ["pierre.legris@mssante.fr", "a+b@hopital.example", "o'neil@x.example"]
    )
    def test_an_electronic_address_is_a_mailto(self, address: str) -> None:
        telecom = Telecom.email(address)
        assert telecom.value == f"mailto:{address}"
        assert telecom.address == address
        assert telecom.findings == ()

    def test_a_reserved_character_of_the_local_part_is_quoted_and_read_back(self) -> None:
        telecom = Telecom.email("a&b%c@x.example")
        assert telecom.value == "mailto:a%26b%25c@x.example"
        assert telecom.address == "a&b%c@x.example"

    @pytest.mark.parametrize(
        "address", ["", "a", "a@", "@x", "a@b@c", "hélène@x.fr", "a b@x.fr", "a@x y", "a@.fr"]
    )
    def test_what_is_no_electronic_address_is_refused(self, address: str) -> None:
        with pytest.raises(InvalidValue):
            Telecom.email(address)

    @pytest.mark.parametrize(
        "value",
        [
            "tel:01 44", "tel:", "https://x.example", "0144955555", "sms:01", "TEL:01",
            "mailto:a<b>@x", "http://x\\y", "http://x/{y}", "mailto:é@x",
        ],
    )  # fmt: skip
    def test_what_the_kit_refuses_is_refused(self, value: str) -> None:
        with pytest.raises(InvalidValue) as caught:
            Telecom(value=value)
        assert caught.value.place == "telecom.value"

    @pytest.mark.parametrize(
        "value",
        ["tel:+33-1-42-00-00-01", "tel:0664.120001", "fax:01", "http://x.example/a?b=c#d",
         "ftp://x", "mllp://10.0.0.1:2575", "mailto:A.B@mssante.fr"],
    )  # fmt: skip
    def test_what_the_kit_accepts_is_kept_as_it_is(self, value: str) -> None:
        assert Telecom(value=value).value == value

    @pytest.mark.parametrize("use", ["WP DIR", "X", "TMP", "wp"])
    def test_one_use_of_the_kit_only(self, use: str) -> None:
        with pytest.raises(InvalidValue) as caught:
            Telecom(value="tel:15", use=use)
        assert caught.value.place == "telecom.use"

    def test_the_uses_are_accepted(self) -> None:
        assert {Telecom(value="tel:15", use=use).use for use in TELECOM_USES} == set(TELECOM_USES)

    @pytest.mark.parametrize(
        ("received", "value"),
        [
            ("tel:01 44 95 55 55", "tel:0144955555"),
            ("TEL:0144955555", "tel:0144955555"),
            ("01 44 95 55 55", "tel:0144955555"),
            ("fax: 01.44", "fax:0144"),
            ("a.b@mssante.fr", "mailto:a.b@mssante.fr"),
            ("Mailto:a.b@mssante.fr ", "mailto:a.b@mssante.fr"),
        ],
    )
    def test_read_mends_and_tells(self, received: str, value: str) -> None:
        telecom = Telecom.read(received)
        assert telecom == Telecom(value=value)
        assert telecom.received == received
        assert rules(telecom)[0] == "telecom.rewritten"

    def test_read_keeps_a_good_uri_untouched(self) -> None:
        telecom = Telecom.read("tel:+33-1-42-00-00-01", "WP")
        assert (telecom.value, telecom.received, telecom.findings) == (
            "tel:+33-1-42-00-00-01", "", (),
        )  # fmt: skip

    def test_an_odd_number_or_address_is_a_finding(self) -> None:
        assert rules(Telecom(value="tel:urgences")) == ["telecom.number"]
        assert rules(Telecom(value="tel:" + "1" * 16)) == ["telecom.number"]
        assert rules(Telecom(value="mailto:nobody")) == ["telecom.email"]

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("mailto:a@mssante.fr", True),
            ("mailto:a@HOPITAL.MSSANTE.FR", True),
            ("mailto:a@notmssante.fr", False),
            ("mailto:a@mssante.fr.example", False),
            ("http://mssante.fr", False),
        ],
    )
    def test_mssante_is_told_by_the_domain(self, value: str, expected: bool) -> None:
        assert Telecom(value=value).is_mssante is expected

    def test_a_citizen_address_tells_its_matricule(self) -> None:
        assert Telecom.email("279035121518989@patient.mssante.fr").patient_matricule == (
            "279035121518989"
        )
        assert Telecom.email("a.b@medecin.mssante.fr").patient_matricule == ""

    @pytest.mark.parametrize(
        "value",
        [
            "mailto:279035121518989@patient.mssante.fr.",
            "mailto:279035121518989@PATIENT.MSSANTE.FR",
            "mailto:279035121518989@patient%2Emssante.fr",
            "mailto:279035121518989@patient%252Emssante.fr",
            "mailto:279035121518989@patient" + "%25" * 500 + "2Emssante.fr",
            "mailto:279035121518989%40patient.mssante.fr",
            "mailto:279035121518989@patient.mssante.fr?subject=x",
            "mailto:279035121518989@patient.mssante.fr,x@y.fr",
            "mailto:x@y.fr?cc=279035121518989@patient.mssante.fr",
            "mailto:x@y.fr,279035121518989@patient.mssante.fr",
            "mailto:2.79.03.51.215.189.89@patient.mssante.fr",
            "mailto:%22279035121518989%22@patient.mssante.fr",
            "mailto:279035121518989@patient.recette.mssante.fr",
            "mailto:279035121518989@y.fr",
            "mailto:279035121518989",
            "mailto:%E2%91%A0@279035121518989",
        ],
    )
    def test_a_matricule_is_found_in_whatever_dresses_it(self, value: str) -> None:
        expected = "" if value.startswith("mailto:%E2") else "279035121518989"
        assert Telecom(value=value).patient_matricule == expected

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("mailto:jeanne@patient.mssante.fr", "jeanne"),
            ("mailto:279035121518900@patient.mssante.fr", "279035121518900"),
            ("mailto:297022a02077878@patient.mssante.fr.", "297022A02077878"),
            (
                "mailto:279035121518989@patient.mssante.fr,277076322082910@patient.mssante.fr",
                "279035121518989,277076322082910",
            ),
            ("mailto:279035121518900@y.fr", ""),
            ("mailto:a@patient.fr", ""),
            ("mailto:a@mssante.fr?subject=patient", ""),
            ("http:279035121518989@patient.mssante.fr", ""),
        ],
    )
    def test_every_address_of_a_citizen_counts(self, value: str, expected: str) -> None:
        assert Telecom(value=value).patient_matricule == expected

    def test_an_address_encoded_beyond_reading_is_taken_for_a_matricule(self) -> None:
        dot = "%2E"
        for _ in range(60):
            dot = dot.replace("2", "%32", 1)
        assert Telecom(value=f"mailto:a@patient{dot}mssante.fr").patient_matricule

    def test_a_hostile_address_is_judged_in_linear_time(self) -> None:
        for value in ("%" * 100_000, "@" * 100_000, "a,@" * 30_000, "%2%3" * 30_000 + "5"):
            start = time.perf_counter()
            telecom = Telecom(value=f"mailto:{value}")
            telecom.findings, telecom.patient_matricule, telecom.holds("2790351215189")
            assert time.perf_counter() - start < 5
