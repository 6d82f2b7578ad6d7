"""How often the demo company's forms were shown, begun and sent, beside the inquiries that came of them."""

from datetime import timedelta

from winnow.leads.form import Form
from winnow.leads.formvisit import FormVisit
from winnow.leads.inquiry import Arrival, Inquiry, digest_of

FOR_EACH = 7  # showings for each one that is sent
BEGUN = 0.4  # of those who leave


def show(life) -> None:
    """Showings of the contact form: those that brought an inquiry, and the many that brought none."""
    chance, form = life.chance, Form.first(life.start)
    names = [one["name"] for one in form.fields]
    found = list(Inquiry.objects.filter(form=form.code, arrivals=None, historic=False).order_by("pk"))
    arrivals = Arrival.objects.bulk_create([
        Arrival(
            door="form", sender=f"form {form.code}", state="done", tries=1, inquiry=one,
            body=body, body_digest=digest_of(body), received_at=one.captured_at, due_at=one.captured_at,
        )
        for one in found
        for body in [{"form": form.code, "email": one.email, "message": one.message}]
    ])  # fmt: skip
    visits = []
    for arrival in arrivals:
        sent = arrival.received_at
        answered = [name for name in names if name != "phone" or chance.random() < 0.5]
        seen = sent - timedelta(seconds=chance.randint(40, 400))
        visits.append(_visit(chance, form, names, seen, answered, arrival))
        for _ in range(FOR_EACH):
            at = max(sent - timedelta(minutes=chance.randint(1, 20_000)), life.start)
            stopped = min(int(chance.expovariate(0.5)), len(names) - 1) if chance.random() < BEGUN else -1
            visits.append(_visit(chance, form, names, at, names[: stopped + 1]))
    FormVisit.objects.bulk_create(visits, batch_size=2000)


def _visit(chance, form, names, at, touched, arrival=None) -> FormVisit:
    return FormVisit(
        note=f"{chance.getrandbits(64):016x}", form=form, version=form.version, seen_at=at, asked=names,
        started_at=at + timedelta(seconds=9) if touched else None, sent_at=arrival and arrival.received_at,
        arrival=arrival, touched=touched, last_field=touched[-1] if touched else "",
    )  # fmt: skip
