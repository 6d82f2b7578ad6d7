"""How often a form was shown, begun and sent: one row for each time it was shown, and nothing about the visitor."""

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models


class FormVisit(models.Model):
    """One showing of one version. `note` is the chance part of the note that the page carries; a page that is loaded
    again is another showing. `asked` are the questions that stood there; `touched` those that were begun, and once it
    is sent those that were answered; `last_field` is the one that was touched last. `machine` says why it counts as
    nobody's.
    """

    note = models.CharField(max_length=32, primary_key=True, db_collation="C")
    form = models.ForeignKey("leads.Form", models.PROTECT, related_name="visits", db_index=False)
    version = models.PositiveIntegerField()
    seen_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    asked = ArrayField(models.CharField(max_length=80), default=list)
    touched = ArrayField(models.CharField(max_length=80), default=list)
    last_field = models.CharField(max_length=80, default="", blank=True)
    arrival = models.ForeignKey("leads.Arrival", models.PROTECT, null=True, related_name="+", db_index=False)
    machine = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        db_table = "leads_formvisit"
        indexes = [
            models.Index("form", "version", "seen_at", name="formvisit_form"),
            models.Index("arrival", name="formvisit_arrival", condition=models.Q(arrival__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"showing {self.note}"


_NOTED = """
    INSERT INTO leads_formvisit AS v
        (note, form_id, version, seen_at, started_at, sent_at, asked, touched, last_field, arrival_id, machine)
    VALUES (%(note)s, %(form)s, %(version)s, %(at)s, %(started)s, %(sent)s, %(asked)s, %(touched)s, %(last)s,
        %(arrival)s, %(machine)s)
    ON CONFLICT (note) DO UPDATE SET
        started_at = COALESCE(v.started_at, excluded.started_at),
        sent_at = COALESCE(v.sent_at, excluded.sent_at),
        arrival_id = COALESCE(v.arrival_id, excluded.arrival_id),
        touched = CASE WHEN excluded.sent_at IS NOT NULL THEN excluded.touched
            ELSE ARRAY(SELECT DISTINCT unnest(v.touched || excluded.touched) ORDER BY 1) END,
        last_field = COALESCE(NULLIF(excluded.last_field, ''), v.last_field)
    WHERE v.sent_at IS NULL OR excluded.sent_at IS NOT NULL"""


def noted(
    form, note: str, asked: list[str], *, at, touched: list[str] = (), last: str = "", sent: bool = False,
    arrival: int | None = None, machine: str = "",
) -> None:
    """Keep that the form was shown, begun (`touched`) or sent, in one statement: the same note is the same showing,
    whatever comes first. Who sends a form has seen and begun it."""
    known = [name for name in touched if name in asked]
    begun = at if known or sent else None
    with connection.cursor() as cursor:
        cursor.execute(_NOTED, {
            "note": note, "form": form.pk, "version": form.version, "at": at, "started": begun,
            "sent": at if sent else None, "asked": list(asked), "touched": known, "last": last if last in asked else "",
            "arrival": arrival, "machine": machine[:40],
        })  # fmt: skip
