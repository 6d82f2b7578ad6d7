"""Imports by screen, where a file is awkward: read another way, words mapped, mappings kept, rows repaired together."""

import pytest

from tests.web.people import carol
from tests.web.test_capture_pages import columns, upload
from winnow.intake.uploads import run_waiting
from winnow.leads.models import Import, Inquiry, Person, SavedMapping

pytestmark = pytest.mark.django_db

WORDY = b"""Our leads of spring;;;;
;;;;
Nr;Mail;Herkunft;Status;Datum
1;ann@acme.example;Live Chat -PPC;Interested a lot;01.03.2024
2;bob@acme.example;Messe;Closed won;02.03.2024
3;cem@acme.example;Zubringer;Closed won;32.03.2024
4;dora@acme.example;Zubringer;Closed won;32.03.2024
"""


def posted(page, **more):
    """The whole form as it stands on the page."""
    said = columns(page) | {f"word {group['field']} {row['number']}": row["text"]
                            for group in page.context["values"] for row in group["rows"]}  # fmt: skip
    said |= {f"value {group['field']} {row['number']}": row["chosen"]
             for group in page.context["values"] for row in group["rows"]}  # fmt: skip
    return said | more


def words(page, field):
    group = next(group for group in page.context["values"] if group["field"] == field)
    return {row["text"]: row["chosen"] for row in group["rows"]}


def test_words_of_the_file_are_suggested_chosen_and_kept_under_a_name_for_the_next_file(client_of):
    client = client_of(carol())
    page = upload(client, content=WORDY, name="spring.csv")
    assert "named in line 3" in page.content.decode() and "semicolon" in page.content.decode()
    assert words(page, "channel") == {"Zubringer": "", "Live Chat -PPC": "chat", "Messe": "event"}
    assert words(page, "stage") == {"Closed won": "won", "Interested a lot": ""}
    place = page.request["PATH_INFO"]
    said = posted(page, keep_as="Spring list", begin="")
    said |= {"value channel 0": "partner", "value stage 1": "nurturing"}
    client.post(place, said)
    run_waiting()
    assert Import.objects.get().created == 2 and Import.objects.get().rejected == 2
    assert dict(Inquiry.objects.values_list("channel", "stage_given")) == {"chat": "nurturing", "event": "won"}
    kept = SavedMapping.objects.get()
    assert (kept.name, kept.kind) == ("Spring list", "inquiries")
    assert "Herkunft → source and channel" in client.get("/capture/mappings/").content.decode()
    second = upload(client, content=WORDY.replace(b"acme", b"other"), name="summer.csv")
    assert second.context["saved"] == "Spring list" and words(second, "channel")["Zubringer"] == "partner"
    client.post(f"/capture/mappings/{kept.pk}/removal/")
    assert not SavedMapping.objects.exists() and Import.objects.count() == 2


def test_rows_that_are_wrong_alike_are_corrected_together(client_of):
    client = client_of(carol())
    page = upload(client, content=WORDY)
    client.post(page.request["PATH_INFO"], posted(page, begin=""))
    run_waiting()
    place = f"/capture/imports/{Import.objects.get().pk}/rejected/"
    waiting = client.get(place)
    cells = {row.line: row.cells for row in waiting.context["page"]}
    assert [cell[1:] for cell in cells[6]] == [("Datum", "32.03.2024")]
    nothing = client.post(place, {"replace": "", "column": "Datum", "old": "1.1.", "new": "2024-03-31"})
    assert nothing.status_code == 422 and "No row that waits has" in nothing.content.decode()
    row = waiting.context["page"][0]
    wrong = client.post(place, {"row": row.pk, f"cell {row.pk} 4": "33.03.2024"})
    assert wrong.status_code == 422 and "33.03.2024" in wrong.content.decode()
    client.post(place, {"row": row.pk, f"cell {row.pk} 4": "31.03.2024"})
    assert Import.objects.get().rejected == 1
    client.post(place, {"replace": "", "column": "Datum", "old": "32.03.2024", "new": "31.03.2024"})
    assert Import.objects.get().rejected == 0 and Inquiry.objects.count() == 4
    assert "No row waits" in client.get(place).content.decode()


def test_a_file_that_was_read_wrong_is_read_another_way(client_of):
    client = client_of(carol())
    page = upload(client, content="name;mail\nJosé Núñez;jose@acme.example\n".encode("cp850"), kind="people")
    place = page.request["PATH_INFO"]
    mangled = client.post(place, {"reread": "", "encoding": "cp1252", "delimiter": ";"}, follow=True)
    assert "José Núñez" not in mangled.content.decode() and mangled.context["saved"] == ""
    page = client.post(place, {"reread": "", "encoding": "cp850", "delimiter": ";", "time_zone": "Europe/Madrid"},
                       follow=True)  # fmt: skip
    assert "José Núñez" in page.content.decode() and "cp850" in page.content.decode()
    client.post(place, posted(page, kind="people", begin="", known_by="email"))
    run_waiting()
    assert Person.objects.get().last_name == "Núñez"
    assert 'encoding = "cp850"' in Import.objects.get().mapping and "Madrid" in Import.objects.get().mapping
    assert Import.objects.get().options["known_by"] == "email"
    wrong = upload(client, content=b"a,b\n1,2\n", kind="people").request["PATH_INFO"]
    assert client.post(wrong, {"reread": "", "header_row": "99"}).status_code == 422
