"""What came in, by screen: arrivals and rows are repaired, files are mapped, tried, imported and taken back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.web.people import carol, sam
from winnow.intake.arrivals import process_pending, take
from winnow.intake.uploads import run_waiting
from winnow.leads.models import Arrival, Import, ImportRow, Inquiry, Upload

pytestmark = pytest.mark.django_db

FILE = b"""id,mail,vorname,firm,from,when,note
1,ann@acme.example,Ann,Acme,fair,2024-03-01,x
2,bob@acme,Bob,Acme,fair,2024-03-02,y
3,cem@acme.example,Cem,Acme,fair,2024-03-03,z
"""


def upload(client, kind="inquiries", content=FILE, name="fair.csv"):
    return client.post("/capture/imports/", {"file": SimpleUploadedFile(name, content), "kind": kind}, follow=True)


def columns(page, **fields):
    """The form as the page shows it, with some columns chosen otherwise."""
    chosen = {column["name"]: column["field"] for column in page.context["columns"]} | {"mail": "email"} | fields
    return {f"column {column['number']}": chosen[column["name"]] for column in page.context["columns"]} | {
        "kind": page.context["kind"], "interest": "", "history": "", "campaign": "Fair"
    }


def test_a_file_is_mapped_tried_imported_and_taken_back(client_of):
    client = client_of(carol())
    page = upload(client)
    suggested = {column["name"]: column["field"] for column in page.context["columns"]}
    assert (suggested["id"], suggested["vorname"], suggested["firm"]) == ("external_id", "first_name", "company")
    place = page.request["PATH_INFO"]
    said = columns(page, **{"from": "source", "when": "captured_at", "note": ""})
    client.post(place, said | {"try": ""})
    assert run_waiting() == 1
    tried = client.get(place)
    assert any(cell["wrong"] for cell in tried.context["preview"][1]["cells"]), "a wrong address is marked"
    assert tried.context["tried"]["created"] == 2 and not Inquiry.objects.exists()
    client.post(place, said | {"begin": ""})
    assert "every 1s" in client.get(place).content.decode()
    assert run_waiting() == 1 and run_waiting() == 0
    done = client.get(place)
    assert {name: value for name, _, value in done.context["sums"] if value} == {"created": 2, "rejected": 1}
    assert Inquiry.objects.filter(campaign__name="Fair").count() == 2
    client.post(f"{place}undo/")
    assert Import.objects.get().state == "undone" and not Inquiry.objects.filter(voided_at=None).exists()


def test_a_row_that_cannot_be_read_is_repaired_by_screen(client_of):
    client = client_of(carol())
    page = upload(client)
    client.post(page.request["PATH_INFO"], columns(page) | {"begin": ""})
    run_waiting()
    row = ImportRow.objects.get(outcome="rejected")
    assert f"/capture/rows/{row.pk}/" in client.get("/capture/").content.decode()
    wrong = client.post(f"/capture/rows/{row.pk}/", {"field mail": "bob@wrong"})
    assert wrong.status_code == 422 and "bob@wrong" in wrong.content.decode()
    client.post(f"/capture/rows/{row.pk}/", {"field mail": "bob@acme.example"})
    assert Inquiry.objects.count() == 3 and Import.objects.get().rejected == 0


def test_two_columns_for_one_field_are_refused_and_nothing_is_lost(client_of):
    client = client_of(carol())
    page = upload(client)
    answer = client.post(page.request["PATH_INFO"], columns(page, note="email") | {"begin": ""})
    assert answer.status_code == 422 and "Two columns are the same field" in answer.content.decode()
    assert {column["name"]: column["field"] for column in answer.context["columns"]}["note"] == "email"


@pytest.mark.parametrize("content, words", [
    (b"", "empty"), (b"%PDF-1.4 ...", "PDF"), (b"PK\x03\x04 no workbook", "workbook"),
])
def test_what_is_no_table_is_refused_with_the_reason(client_of, content, words):
    answer = upload(client_of(carol()), content=content)
    assert answer.status_code == 422 and words in answer.content.decode() and not Upload.objects.exists()


def test_an_import_whose_worker_died_is_carried_on(client_of):
    client = client_of(carol())
    page = upload(client)
    client.post(page.request["PATH_INFO"], columns(page) | {"begin": ""})
    Import.objects.update(state="running", touched_at="2020-01-01T00:00:00Z")
    assert run_waiting() == 1 and Import.objects.get().state == "done"


def test_an_arrival_that_cannot_be_read_is_corrected_and_goes_its_way(client_of):
    client = client_of(carol())
    kept = take("api", "key 1", {"email": "ann@acme", "last_name": "Lee", "answers": {"need": "yes"}})
    process_pending()
    assert "ann@acme" in client.get("/capture/?state=rejected").content.decode()
    place = f"/capture/arrivals/{kept.id}/"
    wrong = client.post(place, {"field email": "still@wrong"})
    assert wrong.status_code == 422 and "still@wrong" in wrong.content.decode()
    client.post(place, {"field email": "ann@acme.example"})
    process_pending()
    assert Inquiry.objects.get().answers == {"need": "yes"}
    assert client.get("/capture/?state=rejected").context["counts"]["rejected"] == 0


def test_an_arrival_without_address_and_name_is_shown_by_what_it_has(client_of):
    take("form", "form contact", {"company": "Lactmark", "message": "Hello?"}, state="rejected", reason="no address")
    assert "Lactmark" in client_of(carol()).get("/capture/?state=rejected").content.decode()


def test_what_was_held_back_is_let_pass(client_of):
    body = {"last_name": "Lee", "phone": "+49 30 123456"}
    kept = take("form", "form contact", body, state="quarantined", reason="links")
    client_of(carol()).post(f"/capture/arrivals/{kept.id}/release/")
    process_pending()
    assert Arrival.objects.get().state == "done"


def test_a_rep_sees_no_file_of_others(client_of):
    page = upload(client_of(carol()))
    client = client_of(sam())
    assert client.get(page.request["PATH_INFO"]).status_code == 403
    assert client.get("/capture/").status_code == 200
