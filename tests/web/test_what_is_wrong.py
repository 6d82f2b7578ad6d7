"""A form that can't be kept leads to what is wrong: the focus is there, and the field names its reason."""

import re

import pytest

from tests.web import people

pytestmark = pytest.mark.django_db


def focused(page: str) -> list[str]:
    """The tags that ask for the focus, in the order in which they stand; a browser takes the first."""
    return re.findall(r"<[^>]*\sautofocus[^>]*>", page)


def assert_wrong_ones_say_why(page: str) -> None:
    """Each wrong field or group names the line with its reason."""
    for tag in re.findall(r'<(?:input|select|textarea|fieldset)[^>]*aria-invalid="true"[^>]*>', page):
        named = (re.search(r'aria-describedby="([^"]*)"', tag) or ["", ""])[1].split()
        inside = 'type="radio"' in tag  # its group says so
        assert inside or any(f'<span class="wrong" id="{one}"' in page for one in named), tag


@pytest.mark.parametrize(("place", "said", "name"), [
    ("/attract/events/", {"name": "Fair", "starts_on": "2026-03-02", "ends_on": "2026-03-01"}, 'name="ends_on"'),
    ("/calls/", {"company": "Acme"}, 'name="email"'),
    ("/people/{ann}/answers/", {"item": "need", "source": "call"}, 'type="radio"'),
    ("/inquiries/{inquiry}/validity/", {"valid": "no", "said": " "}, 'class="refusal"'),
])
def test_the_focus_is_at_the_first_thing_that_is_wrong(client, place, said, name):
    people.signed()
    ann = people.person()
    client.force_login(people.carol())
    place = place.format(ann=ann.pk, inquiry=ann.inquiries.get().pk)
    page = client.post(place, said)
    assert page.status_code == 422
    text = page.content.decode()
    assert name in focused(text)[0], focused(text)
    assert_wrong_ones_say_why(text)


def test_who_may_not_log_in_hears_so_first_and_a_fresh_page_begins_at_the_first_field(client):
    people.carol()
    assert "email" in focused(client.get("/login/").content.decode())[0]
    page = client.post("/login/", {"email": "ann@acme.example", "password": "wrong"}).content.decode()
    assert 'class="refusal"' in focused(page)[0]
