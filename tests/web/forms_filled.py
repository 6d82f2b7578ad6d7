"""How a test fills in a hosted form as a person would: opens it, takes some time, sends it."""

from datetime import timedelta

import time_machine

from winnow.intake import arrivals
from winnow.leads.clock import now

ANN = {"first_name": "Ann", "last_name": "Lee", "email": "ann@acme.example", "message": "Which mill suits rye?"}


def filled(visitor, query="", seconds=20, code="contact", **typed):
    """Open the form, take some time, send it."""
    with time_machine.travel(now(), tick=False) as clock:
        page = visitor.get(f"/f/{code}/{query}")
        form = page.context["form"]
        names = [name for name in ("shown", "consent_version", *arrivals.UTM) if name in form.fields]
        hidden = {name: form[name].value() or "" for name in names}
        clock.shift(timedelta(seconds=seconds))
        return visitor.post(f"/f/{code}/{query}", {**hidden, **ANN, **typed})


BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def beacon(visitor, shown, code="contact", agent=BROWSER, **said):
    """What the page of a form tells of itself: that it was shown, what was touched."""
    return visitor.post(f"/f/{code}/visit/", {"shown": shown, **said}, headers={"User-Agent": agent})
