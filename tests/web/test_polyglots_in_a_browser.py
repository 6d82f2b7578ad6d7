"""Whatever somebody writes into a form, a list, a header or a call of the API: on our pages it is text (R16).

Every page that a person of the firm can reach is opened in a real browser. A script that ran would open a window of the
browser's own; markup that only tried to would break the content policy, which the console tells.
"""

import re

import pytest

from tests.web import people
from tests.web.hands import log_in, log_out, worker_goes_round
from winnow.intake import arrivals
from winnow.leads.inquiry import Arrival, Inquiry
from winnow.leads.models import Form
from winnow.leads.person import Person

pytestmark = [pytest.mark.bars, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RUN = "alert(document.domain)"
POLYGLOTS = (
    f"<script>{RUN}</script>", f"</script><script>{RUN}//", f"<img src=x onerror={RUN}>", f"\"><svg/onload={RUN}>",
    f"'><details open ontoggle={RUN}>", f"javascript:{RUN}//", f"\" autofocus onfocus={RUN} x=\"",
    f"' onmouseover='{RUN}", f"</title><script>{RUN}</script>", f"</textarea><img src=x onerror={RUN}>",
    f"</style><script>{RUN}</script>", f"<!--><script>{RUN}</script>", f"]]><script>{RUN}</script>",
    f"{{{{constructor.constructor('{RUN}')()}}}}", "{% debug %}{{ settings.SECRET_KEY }}", f"${{{RUN}}}",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>", f"<a href=\"java\tscript:{RUN}\">look</a>",
    f"<math><mi xlink:href='data:text/html,<script>{RUN}</script>'>", f"<base href='//evil.example/'><p>{RUN}",
    f"<form action=//evil.example><button>{RUN}", f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>",
    f"<link rel=stylesheet href='data:text/css,*{{x:{RUN}}}'>", f"<div style='background:url(javascript:{RUN})'>",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e", f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"%3Cscript%3E{RUN}%3C/script%3E", f"<scr<script>ipt>{RUN}</scr</script>ipt>", f"\u2028{RUN}\u2029//",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>", f"`-{RUN}-`'/*\"/**/-{RUN}//", f"<x hx-on:load={RUN}>",
    f"<x data-hx-get='/logout/' data-hx-trigger=load>{RUN}",
)
FIELDS = ("first_name", "last_name", "title", "company", "phone", "industry", "message", "source", "campaign",
          "product")
HEADERS = ("user-agent", "referer")
ROUNDS, MOST_PAGES = 2, 90
ACTS = re.compile(r"/(logout|sample|csv|xlsx|api)/|\.(csv|xlsx|toml|js|png|ics)\b|export|format=")


def what_came_in():
    """Each vector in each field of two inquiries, in the headers that are kept, and in answers of its own name."""
    Form.first(people.now())
    for number, vector in enumerate(POLYGLOTS):
        others = POLYGLOTS[number:] + POLYGLOTS[:number]
        body = {name: other[:60 if name == "phone" else 110] for name, other in zip(FIELDS, others, strict=False)}
        body |= {
            "email": f"p{number}@firm{number}.example", "answers": {vector[:60]: vector, "need": vector},
            "utm_source": vector, "referrer": vector, "consent": True, "consent_wording": vector,
        }
        arrivals.take("api", f"key {vector}", body, dict.fromkeys(HEADERS, vector))
        arrivals.take("form", "form contact", {**body, "form": "contact"}, dict.fromkeys(HEADERS, vector),
                      state="quarantined", reason=vector)
        arrivals.take("api", "key 1", {"email": vector}, {}, state="rejected", reason=f"email {vector} has no @")
    worker_goes_round()


def test_what_strangers_write_runs_nowhere(page):
    people.signed()
    what_came_in()
    reasons = list(Arrival.objects.filter(body__has_key="last_name", state="rejected").values_list("reason", flat=True))
    assert Inquiry.objects.count() == len(POLYGLOTS), reasons
    troubles = []
    page.on("dialog", lambda dialog: (troubles.append(f"{page.url}: it ran"), dialog.dismiss()))
    page.on("console", lambda line: troubles.append(f"{page.url}: {line.text[:200]}") if "Content Sec" in line.text
            else None)
    persons = [f"/people/{pk}/" for pk in Person.objects.order_by("pk").values_list("pk", flat=True)[:12]]
    seen = set()
    for user in (people.carol(), people.sam(), people.user("Ada", "admin")):
        log_in(page, user)
        waiting = ["/", "/capture/", "/people/", "/qualify/", "/measure/", "/find/?q=script", *persons]
        reached = set()
        while waiting and len(reached) < MOST_PAGES:
            address = waiting.pop(0)
            kind = re.sub(r"\d+", "9", address.partition("?")[0])
            if address in reached or ACTS.search(address) or sum(kind == other for _, other in seen) >= ROUNDS * 6:
                continue
            reached.add(address)
            seen.add((address, kind))
            answer = page.goto(address)
            assert answer.status < 500, address
            waiting += page.evaluate(
                "[...document.querySelectorAll('a[href^=\"/\"]')].map(a => a.getAttribute('href').split('#')[0])"
            )
        assert len(reached) > 20
        log_out(page)
    assert not troubles, troubles[:5]


def test_the_form_itself_shows_what_was_typed_as_text(page):
    Form.first(people.now())
    troubles = []
    page.on("dialog", lambda dialog: (troubles.append("it ran"), dialog.dismiss()))
    for vector in POLYGLOTS[::3]:
        page.goto("/f/contact/?utm_source=" + vector.replace("%", "%25").replace("#", "%23").replace("&", "%26"))
        page.get_by_label("Last name").fill(vector)
        page.get_by_label("E-mail address").fill("ann@acme")  # is sent back with what was typed
        page.get_by_role("button", name="Send").click()
        assert page.get_by_label("Last name").input_value().strip() == vector.strip().replace("\u2028", "\u2028")
    assert not troubles
