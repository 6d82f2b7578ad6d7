"""The report against the plainest count there is: what people read must be what the tables hold."""

from django.db import connection

from winnow.funnel import reports
from winnow.leads.replaying import REBUILD, Check

PLAIN = {
    "inquiries": "SELECT count(*) FROM leads_inquiry WHERE voided_at IS NULL",
    "valid": "SELECT count(*) FROM leads_inquiry WHERE voided_at IS NULL AND valid",
    "active": "SELECT count(*) FROM leads_inquiry WHERE voided_at IS NULL AND interest = 'active'",
    "won": "SELECT count(*) FROM leads_opportunity WHERE voided_at IS NULL AND outcome = 'won'",
}


def funnel_figures() -> Check:
    """Totals of the report `funnel` beside counts of the rows; left out while the report still waits to be counted."""
    check = Check("funnel_figures", "Are the figures of the funnel what a plain count gives?", way_out=REBUILD)
    told = reports.run("funnel")
    if any(warning["code"] == "not_counted_yet" for warning in told.warnings):
        check.note = "the report is being counted anew; ask again when it is"
        return check
    for name, statement in PLAIN.items():
        with connection.cursor() as cursor:
            cursor.execute(statement)
            counted = cursor.fetchone()[0]
        check.looked_at += 1
        if told.totals[name] != counted:
            check.found(f"{name}: the report says {told.totals[name]:,}, the rows are {counted:,}")
    return check
