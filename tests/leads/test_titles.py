"""Job titles: seniority and department, and when the judge must say that it doesn't know."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.leads import titles
from winnow.leads.titles import UNKNOWN, judge
from winnow.leads.titlewords import DEPARTMENTS, RANKS, words
from winnow.policy.facts import SENIORITIES

SURE = """
    executive    general_management  CEO & Founder | Geschäftsführerin | Geschaeftsfuehrer
    executive    general_management  Gérant | Présidente | PDG
    executive    general_management  Directrice Générale | Consejera Delegada
    executive    general_management  Gerente General | Socia fundadora
    executive    general_management  Mitglied des Vorstands | Owner | Inhaber | Managing Director | ★ CEO ★
    executive    general_management  Chief Happiness Officer | Geschäftsführender Gesellschafter
    executive    general_management  Dueña | Co-Owner
    executive    finance             CFO | Group CFO | kaufmännischer Geschäftsführer
    executive    sales               Geschäftsführer Vertrieb | Chief Revenue Officer
    executive    it                  CTO | CIO | CISO
    vp           sales               VP Sales EMEA | Vice President of Sales
    vp           sales               S.V.P. Sales | Vicepresidenta de Ventas
    director     marketing           Director of Marketing | Dir Mktg | Marketingleiterin | Directrice Marketing
    director     marketing           Head of Communications, DACH | Directora de Marketing | Leiter/-in Messen
    director     purchasing          HoD Purchasing | Leiter:in Einkauf | Directeur des achats | Einkaufsleitung
    director     sales               Bereichsleiter*in Vertrieb | Director Comercial | Leiter (m/w/d) Verkauf
    director     hr                  Personalleiterin | Head of HR | Directeur des ressources humaines
    director     finance             Head of Controlling | Leiterin Finanzen | Directora financiera
    manager      sales               Sales Manager | Vertriebsmanagerin | Teamleiter Vertrieb
    manager      sales               Jefa de ventas | Gerente de ventas
    manager      marketing           Marketing Manager | Responsable marketing | Marketingmanager
    manager      project_management  Chef de projet | Projektleiterin | Jefe de proyecto | Program Manager
    manager      operations          Warehouse Supervisor | Encargado de almacén
    manager      operations          Schichtleiter Produktion | Polier
    senior       it                  Senior Software Engineer | Lead Software Developer | Sr. Java Developer
    senior       consulting          Senior Consultant | Seniorberaterin
    professional sales               Account Executive | Key Account Manager | Vertriebsmitarbeiter
    professional sales               Vendeuse
    professional sales               Ejecutiva de cuentas | Verkäuferin | Ingénieur commercial
    professional product             Product Owner | Produktmanagerin | Chef de produit
    professional it                  Software Engineer | Developer | Développeuse web
    professional it                  Fachinformatiker | Ingeniera de software
    professional finance             Accountant | Steuerberaterin | Comptable | Contable | Buchhalter
    professional legal               Lawyer | Rechtsanwältin | Avocate | Abogada
    professional hr                  HR Business Partner | Personalreferentin
    professional hr                  Chargée de recrutement | Técnico de RRHH
    professional customer_support    Customer Success Manager | Kundenbetreuerin | Call Center Agent
    professional administration      Bürokauffrau | Receptionist
    professional administration      Office Manager | Administrativa
    professional other               Nurse | Krankenschwester | Infirmière | Enfermera
    professional other               Lehrerin | Professeur d'anglais | Camarero
    professional other               Taxi driver | LKW-Fahrer | Électricien
    professional other               Apotheker | Assistant Professor | Police Officer
    junior       administration      Assistant to the CEO | Executive Assistant
    junior       administration      Assistenz der Geschäftsleitung | PA to the CFO
    junior       administration      Secretary | Vorstandssekretärin | Chefsekretärin
    junior       marketing           Praktikantin im Marketing | Junior Marketing Manager
    junior       marketing           Stagiaire communication | Becaria de marketing
    junior       sales               Sales director's secretary | Vertriebsassistentin | Trainee Vertrieb
    junior       it                  Werkstudent Softwareentwicklung | Azubi Fachinformatiker
    junior       it                  Alternant développeur | Ausbildung Fachinformatiker
    executive    general_management  Co-Founder at Foo, ex-Meta | Restaurant Owner
    executive    finance             Kaufmännische Geschäftsführerin
    professional engineering         Technische Zeichnerin
    senior       it                  Principal Cloud Engineer
    professional other               Psychologin | Biologin | Zollbeamter | Flight Attendant | Schulbegleiter
    professional other               Yogalehrerin | Care Assistant | Air Traffic Controller
"""  # fmt: skip
SURE_OF_RANK = """
    executive  Aufsichtsrat, Beirat Nord
    director   Director | Leitung | Directeur | Direktor Sonderaufgaben Xyz | Prokurist | Directeur adjoint
    manager    Manager | Team Leader | Jefe | Filialleiterin | Chef d'équipe | Gerente
    senior     Principal Engineer | Tech Lead
    junior     Student | Intern | Stagiaire | Becario | Étudiante | Doktorand
"""
DOUBTFUL = """
    Managing Consultant | Head chef | Director of Photography | Chief of staff | Partner | General Manager | Chef
    Executive Director | Ex-CEO | Former VP Sales | Sales Director (former) | Stellvertretender Geschäftsführer
    Assistant Sales Manager | Leiter Vertrieb / Sales Manager | Creative Director | Regisseur | Chief Architect
    Project Manager | Deputy CEO | CEO (retired) | Oberarzt | Member of Parliament | Country Manager | Lead
    Future CEO | Aspiring Data Scientist | Angehender Vertriebsleiter | CEO in training | Former VP Sales, Berlin
    Dog owner | Podcast Owner | Owner of a cat | Director's wife | Son of the owner | Neighbour of the CEO
    Colonel | Captain, Royal Navy | Chief Petty Officer | Hauptfeldwebel | Bischof | Senator | Choir Director
    Vorstand im Sportverein | President, Rotary Club | Kirchenvorstand | Head Boy | Head Gardener | Bademeister
    CEO of my own life | Proud founder of two boys | Hater of managers | Junior at UCLA | Senior Citizen | Expert
"""
NOTHING = """
    n/a | - | --- | ... | ??? | 🙂 | asdf | XXXXX | unknown | None | 1234 | Mr | Ninja | Dreamer | Human | Self employed
    Selbstständig | Autónomo | Retired | Rentnerin | Retired teacher | Jubilado | Unemployed | Hausfrau | Open to work
    #OpenToWork | Actively seeking new challenges | In Elternzeit | En recherche d'emploi | Mother of two | ex-Google
    Former CEO and Founder | Profesional independiente | Alumna
    Генеральный директор | 営業部長 | Oberst a.D. | Kierownik | Verkoopleider | Just do it | ¯\\_(ツ)_/¯
"""


def cases(text):
    return [line.strip() for line in text.strip().splitlines()]


@pytest.mark.parametrize("line", cases(SURE))
def test_what_a_title_says_plainly_is_said_for_sure(line):
    seniority, department, rest = line.split(maxsplit=2)
    for title in rest.split("|"):
        judged = judge(title)
        assert (title.strip(), judged.seniority, judged.department, judged.sure) == (
            title.strip(), seniority, department, True,
        )  # fmt: skip


@pytest.mark.parametrize("line", cases(SURE_OF_RANK))
def test_a_rank_is_sure_without_a_department(line):
    seniority, rest = line.split(maxsplit=1)
    for title in rest.split("|"):
        judged = judge(title)
        assert (title.strip(), judged.seniority, judged.seniority_sure) == (title.strip(), seniority, True)


@pytest.mark.parametrize("line", cases(DOUBTFUL))
def test_a_title_that_may_mean_two_things_is_not_sure(line):
    assert [title.strip() for title in line.split("|") if judge(title).seniority_sure] == []
    assert [title.strip() for title in line.split("|") if judge(title).sure] == []


@pytest.mark.parametrize("line", cases(NOTHING))
def test_what_is_no_title_and_who_is_in_no_firm_have_neither(line):
    for title in line.split("|"):
        judged = judge(title)
        assert (title.strip(), judged.seniority, judged.department, judged.sure) == (title.strip(), "", "", False)


def test_what_somebody_was_says_nothing_of_what_they_are_beside_it():
    for title in ("CEO | ex-Google", "CEO, ex-Google", "ex-Google • CEO"):
        assert judge(title).sure and judge(title).seniority == "executive", title
    assert judge("CMO | Former CEO").department == "marketing"
    assert not judge("Former CEO/Sales Manager").seniority_sure
    assert judge("Head of Future Mobility").seniority_sure


def test_whoever_owns_a_firm_is_of_its_management_whatever_else_they_are():
    for title in ("Founder | Speaker | Investor", "Inhaberin | Coach | Autorin", "Photographer | CEO"):
        judged = judge(title)
        assert (judged.seniority, judged.department, judged.sure) == ("executive", "general_management", True), title
    assert judge("Founder | VP Marketing").department == "marketing"


def test_a_department_is_no_surer_than_the_rank_that_it_is_taken_from():
    for title in ("Partner", "Chef", "Trustee", "Elternbeirat", "Vorstand im Sportverein"):
        assert not judge(title).department_sure, title


def test_other_languages_are_not_guessed_at():
    assert judge("Direttore Commerciale").seniority == judge("Diretor Comercial").seniority == "director"
    assert judge("Amministratore delegato").seniority == "executive"
    for title in ("Responsabile acquisti", "Impiegata amministrativa", "Kierownik sprzedaży", "Medewerker sales"):
        assert not judge(title).sure, title


def test_a_department_alone_says_nothing_of_the_rank():
    for title in ("Vertrieb", "Marketing", "IT", "Ventes", "Compras"):
        judged = judge(title)
        assert (judged.seniority, judged.department_sure, judged.sure) == ("", True, False)


def test_where_somebody_works_is_not_what_they_do():
    assert judge("CEO @ Marketing Consulting GmbH").department == "general_management"
    assert judge("Nurse at Sales Corp").department == "other"
    assert judge("Sales Manager at Legal Partners | Speaker").department == "sales"


def test_of_marketing_and_sales_together_marketing_stands_for_both():
    for title in ("Sales & Marketing Director", "Directeur ventes et marketing", "Leiter Vertrieb und Marketing"):
        assert judge(title).department == "marketing"


def test_a_student_is_junior_and_a_director_of_student_affairs_is_not():
    assert judge("Student Assistant").seniority == "junior"
    assert judge("Director of Student Affairs").seniority == "director"


def test_a_sentence_about_oneself_is_never_sure():
    for text in (
        "I help companies grow their sales", "Wir machen Marketing für Geschäftsführer, und ich liebe es",
        "Passionate CEO coach helping founders and sales directors find who they are and what they want",
    ):  # fmt: skip
        judged = judge(text)
        assert not judged.sure and not judged.seniority_sure and not judged.department_sure


def test_a_part_time_word_in_another_language_does_not_make_an_intern():
    assert judge("Interne Kommunikation").seniority == ""
    assert judge("Leiter interne Revision").seniority == "director"
    assert judge("International Sales Manager").seniority == "manager"


def test_an_assistante_is_junior_by_a_guess_and_at_a_desk_for_sure():
    judged = judge("Assistante de direction")
    assert (judged.seniority, judged.seniority_sure, judged.department_sure) == ("junior", False, True)


def test_the_answer_names_the_words_that_it_rests_on():
    assert judge("Vertriebsleiterin, Nord").because == ("vertriebsleiterin",)
    assert judge("Head of Purchasing EMEA").because == ("head of", "purchasing")


def test_three_hundred_characters_in_capitals_are_judged_by_their_beginning():
    assert judge(("LEITER VERTRIEB " + "X" * 284 + " CEO") * 3).seniority == "director"


def test_the_endings_of_gender_say_the_same():
    plain = judge("Abteilungsleiter Vertrieb")
    for ending in ("in", "*in", ":in", "/in", "/-in", "In", "(in)", "_in", "·in", "innen"):
        judged = judge(f"Abteilungsleiter{ending} Vertrieb")
        assert (judged.seniority, judged.department, judged.sure) == (plain.seniority, plain.department, True), ending
    assert judge("Chargé·e de communication").department == judge("Chargée de communication").department == "marketing"
    assert judge("Director/a de ventas").sure and judge("Directeur/trice commercial").sure


ANY = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from([*words().single, "/", "&", "of", "to the", "der", "(", ")", "|", "-", "ex"]), max_size=12
    ).map(" ".join),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(ANY)
def test_any_text_gets_an_answer_in_our_words_and_always_the_same(text):
    judged = judge(text)
    assert judged.seniority in ("", *RANKS) and judged.department in ("", *DEPARTMENTS)
    assert judged.seniority or not judged.seniority_sure
    assert judged.department or not judged.department_sure
    titles._judge.cache_clear()
    assert judge(text) == judged


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_capitals_and_spaces_make_no_difference(text):
    same = text.lower()
    if same.upper().lower() != same or unicodedata.normalize("NFKC", text) != text:
        return  # ß, dotless i and the like
    judged, other = judge(text.lower()), judge("  " + text.upper().replace(" ", " \t ") + "\n")
    assert (judged.seniority, judged.department, judged.sure) == (other.seniority, other.department, other.sure)


def test_the_words_are_those_of_the_definition():
    assert set(RANKS) == set(SENIORITIES)
    said = set(words().single.values()) | {s for found in words().phrases.values() for _, s in found}
    assert {sense.seniority for sense in said} <= {"", *RANKS}
    assert {sense.department for sense in said} == {"", *DEPARTMENTS}


def test_nothing_is_known_of_an_empty_title():
    assert judge("") is UNKNOWN and judge("   ") == UNKNOWN and not UNKNOWN.sure


def test_the_longest_and_strangest_titles_take_no_longer_than_a_millisecond_or_so():
    nasty = [
        "leiter" * 50, "a.b." * 75, "((((" * 75, "chef de " * 40, "/in" * 100, "sales " * 50, " - " * 100,
        "vertriebs" * 33, "assistant to the " * 18, "e" * 300, "ä" * 300, "a:" * 150, "*in" * 100,
    ]  # fmt: skip
    judge("warm")
    started = time.process_time()
    for title in nasty:
        judge(title)
    assert time.process_time() - started < 0.5
