"""Names of companies and countries meet in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.leads.companies import normalise_company
from winnow.leads.countries import country_code


@pytest.mark.parametrize(
    "names",
    [
        ("Acme Corporation", "ACME, INC.", "Acme Corp.", "acme", "The Acme Company", "Acme Ltd",
            "Acme GmbH & Co. KG"),
        ("Müller & Söhne GmbH", "MUELLER UND SOEHNE", "Müller and Söhne AG", "Müller + Söhne e.K."),
        ("Hunter Douglas Industries B.V.", "HUNTER DOUGLAS INDUSTRIES B V", "Hunter Douglas Industries BV"),
        ("A. O. Smith", "A.O. Smith Corp", "AO Smith"),
        ("Société Générale S.A.", "SOCIETE GENERALE", "Société Générale SAS"),
        ("Telefónica, S.A.", "telefonica sa"),
        ("* AGILENT TECHNOLOGIES, INC.", "Agilent Technologies"),
        ("Foo Sp. z o.o.", "FOO"),
        ("Foo Bar UG (haftungsbeschränkt)", "Foo Bar"),
        ("Smith & Sons Pty Ltd", "Smith and Sons"),
    ],
)
def test_spellings_of_one_name_meet(names):
    assert len({normalise_company(name) for name in names}) == 1


@pytest.mark.parametrize(
    ("name", "other"),
    [("Acme", "Acme Labs"), ("Acme Holding GmbH", "Acme GmbH"), ("A&B GmbH", "AB GmbH"),
        ("Nordsee", "Nordsee Fisch")],
)
def test_different_names_stay_apart(name, other):
    assert normalise_company(name) != normalise_company(other)


@pytest.mark.parametrize(("name", "left"),
    [("Company", "company"), ("Co", "co"), ("GmbH", "gmbh"), ("", ""), ("  -- ", "")])
def test_a_name_that_is_nothing_but_a_legal_form_keeps_it(name, left):
    assert normalise_company(name) == left


@given(st.text(max_size=350))
def test_the_form_of_a_name_is_its_own_form(name):
    once = normalise_company(name)
    assert normalise_company(once) == once


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("DE", "Germany|Deutschland|ALLEMAGNE|Alemania|de|DEU|BRD"),
        ("US", "USA|U.S.A.|United States|États-Unis|Estados Unidos|Vereinigte Staaten|us"),
        ("GB", "UK|United Kingdom|England|Großbritannien|Royaume-Uni|Reino Unido"),
        ("AT", "Österreich|Oesterreich|Autriche|Austria"),
        ("CH", "Schweiz|Suisse|Suiza|Switzerland"),
        ("CI", "Côte d'Ivoire|Ivory Coast"),
        ("NL", "Holland|The Netherlands|Niederlande"),
        ("PH", "Philipines|Philippines"),
        ("KR", "Korea|South Korea|Südkorea"),
        ("AE", "UAE|United Arab Emirates"),
        ("CZ", "Czech Republic|Czechia|Tschechien"),
    ],
)
def test_countries_are_known_in_four_languages(code, names):
    assert {name: country_code(name) for name in names.split("|")} == dict.fromkeys(names.split("|"), code)


@pytest.mark.parametrize("text", ["", None, "EUROPE", "Bangalore", "Other Locations", "x" * 1000])
def test_what_is_no_country_has_no_code(text):
    assert country_code(text) == ""
