"""The specimen: every element and state of the look, made with the same tags, pictures and partials as
the pages.

For whoever builds or checks a page. Shown while DEBUG is on, else to administrators. The figures are
invented.
"""

from datetime import UTC, datetime, timedelta

from django import forms
from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.urls import path

from winnow.web import pictures, wording
from winnow.web.pictures import Bar, Cohort, Due, Point, Split, Stage, Stock

NOW = datetime(2026, 3, 17, 10, 12, tzinfo=UTC)
LONG = "Wilhelmine Freifrau von Hohenlohe-Schillingsfürst-Oehringen zu Waldenburg"
RIGHT_TO_LEFT = "ליאור בן־דוד"

QUEUE = (
    ("Ready", 2, (
        ("Ann Ahlgren", "Nordkap Seafood", "2 h", "A", "88", ("yes", "partly", "yes", "yes", "yes", None)),
        ("Bob Baraldi", "Gelati Baraldi", "1 d", "B", "71", ("partly", "partly", "yes", "yes", "yes", "partly")),
    )),
    ("One answer short", 3, (
        ("Ines Falkner", "Brandt & Olsen Fresh", "1 d", "B", "62", (None, "partly", "yes", "partly", "yes", None)),
        (LONG, "Donaudampfschifffahrtsgesellschaft", "4 d", "A", "61", ("no", "yes", "yes", "partly", "yes", None)),
        (RIGHT_TO_LEFT, "קירור הצפון", "5 d · passive", "C", "55", (None, None, "yes", None, "partly", None)),
    )),
)  # fmt: skip

MOMENTS = (
    ("yesterday", "strong", "Worked through the savings calculator", ", 6 of 6 steps",
     "Two deliveries rejected in January.", "Need: yes · phase: preference", 20_000),
    ("11 Mar", "against", "", "Looked at two job adverts on our site", "", "clause 3.6 counts this against", -10_000),
    ("6 Mar", "plain", "Carol called", ", 4 min", "I prepare the paper, our COO signs it.", "Authority: partly", None),
    ("5 Mar", "hollow", "", "3 clicks within 2 seconds of delivery: a mail scanner. Not counted", "", "", 0),
)  # fmt: skip

SHEET = (
    ("Budget", "unknown", "asked: partly", "Nobody has asked yet."),
    ("Authority", "partly", "11 days", "“I prepare the paper, our COO signs it.” Ines, by phone to Carol"),
    ("Need", "yes", "1 day", "Two rejected deliveries in January. Ines, savings calculator"),
    ("Timing", "partly", "15 days", "“Before the summer”, chat. Conflicts with the poll of 24 Feb; newest wins."),
    ("Fit", "yes", "computed", "Food distribution, 640 people, Denmark, own fleet"),
    ("Other", "no", "not asked", "Contract with today’s supplier. Not part of definition 7"),
)  # fmt: skip

POINTS = (
    ("Savings calculator", "16 Mar", 20_000, 19_543),
    ("Webinar, 41 min", "24 Feb", 15_000, 9_231),
    ("Job adverts", "11 Mar", -10_000, -8_706),
    ("Title, head of unit", "stays", 15_000, 15_000),
)

ANSWERS = (
    (
        0.0,
        "late",
        -14,
        "was due 09:58",
        "Ann Ahlgren",
        "Nordkap Seafood, Bergen",
        "A",
        "88",
        QUEUE[0][2][0][-1],
    ),
    (0.36, "soon", 22, "due 10:34", "Bob Baraldi", "Gelati Baraldi, Torino", "B", "71", QUEUE[0][2][1][-1]),
    (0.93, "good", 56, "due 11:08", LONG, "Zu Waldenburg Kühllogistik", "B", "64", QUEUE[1][2][1][-1]),
)

TOUCHES = (
    ("09:30 late", "Freya Lindholm", "Skagen Fisk", 2, 6, "Call: she asked how alarms reach the night shift"),
    ("10:45", "Oskar Brunner", "Alpkäse Genossenschaft", 1, 6, "Mail: send the 2-page audit sheet"),
    ("16:00", "Ludmila Černá", "Pekárna Dobrá", 6, 6, "Last planned touch made: a disposition must follow"),
)

STAGES = (
    Stage("Inquiries", 4812, "#", "1,881 not valid, every one with its reason"),
    Stage("Prospects", 2931, "#", "2,519 still being nurtured or recycled"),
    Stage("Leads", 412, "#", "94 rejected: 51 no budget after all"),
    Stage("Accepted", 318, "#", "147 recycled or disqualified"),
    Stage("Opportunities", 171, "#", "78 lost, 46 still open"),
    Stage("Won", 47, "#"),
)
ODD_STAGES = (Stage("Inquiries", 1_204_338), Stage("Prospects", 88_120), Stage("Leads", 1), Stage("Won", 0))

SOURCES = (
    Bar("Referral", 210, 150, 310, "#"),
    Bar("Search", 613, 470, 770, "#"),
    Bar("Social", 1240, 880, 1800, "#", passive=True),
    Bar("Own events", 1329, 980, 1830, "#"),
    Bar("Purchased list", 3975, 1990, 14_800, "#", passive=True),
    Bar("Partners and resellers", None),
)
LOAD = (Bar("Sue", 2.6, before=3.3, limit=3.0), Bar("Sam", 2.2, before=2.9, limit=3.6))
COHORTS = tuple(
    Cohort(name, size, values)
    for name, size, values in (
        ("Mar 25", 361, (1.3, 3.3, 4.8, 6.0, 7.1, 8.1, 8.6, 9.8)),
        ("Jun", 350, (1.8, 4.5, 6.6, 8.1, 9.4, 12.2)),
        ("Sep", 412, (1.7, 4.1, None, 7.6)),
        ("Jan 26", 489, (0, 5.1)),
        ("Feb", 502, (1.6,)),
    )
)
AGES = ("0 to 7 days", "8 to 30", "31 to 90", "91 to 180", "over 180")
STOCK = (
    Stock("Prospects, warm", (88, 176, 241, 120, 61), ("#",) * 5),
    Stock("Ready, not given", (9, 3, 0, 0, 0), ("#",) * 5),
    Stock("Opportunities", (6, 13, 18, 7, 2), ("#",) * 5),
    Stock("Recycled", (0, 0, 0, 0, 0)),
)
MONTHS = ("Apr 25", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar 26")
SHARES = (0.44, 0.46, 0.45, 0.49, 0.47, None, 0.50, 0.53, 0.52, 0.55, 0.57, 0.58)


class SpecimenForm(forms.Form):
    """One field of each kind, two of them typed wrong."""

    company = forms.CharField(label="Company", max_length=120, help_text="As they write it themselves.")
    amount = forms.IntegerField(
        label="Amount",
        # As text: a browser's number field throws away what it can't read, and so what was typed is lost.
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"invalid": "That is no amount. Write 40000 or 40,000.00."},
    )
    until = forms.DateField(
        label="Recycle until", required=False, help_text="The next cycle opens on this day."
    )
    reason = forms.ChoiceField(
        label="Reason",
        choices=[("", "Choose a reason"), ("no_budget", "No budget after all")],
        required=False,
    )
    interest = forms.ChoiceField(
        label="Interest", choices=[("active", "They came to us"), ("passive", "Their name was bought")],
        widget=forms.RadioSelect,
    )  # fmt: skip
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)
    agreed = forms.BooleanField(label="They agreed to be written to", required=False)


def specimen(request):
    """All elements and states on one page."""
    _for_builders(request)
    form = SpecimenForm(
        {"company": "Nordkap Seafood", "amount": "about 40k", "interest": "active", "until": "1 September"}
    )
    form.is_valid()
    shown = {
        "form": form,
        "now": NOW,
        "six": ("yes", "partly", "unknown", "no", "yes", "unknown"),
        "queue": QUEUE,
        "moments": MOMENTS,
        "sheet": SHEET,
        "points": POINTS,
        "answers": ANSWERS,
        "touches": TOUCHES,
        "long": LONG,
        "hostile": "<script>alert('x')</script> & “quotes”",
        "earlier": NOW - timedelta(days=6),
        "recall": [("Recall it", "#"), ("See the handoff", "#")],
        "ask": [("Ask Sue", "#"), ("Back to your day", "#")],
        "conflict": [("Amount", "€38,000", "€41,500"), ("Close date", "1 June", "15 May")],
        "stages": pictures.funnel_rows(STAGES),
        "drawn": _pictures(),
    }
    return render(request, "winnow/look.html", shown)


def room(request):
    """The weekly review as it stands on a wall."""
    _for_builders(request)
    return render(request, "winnow/look_room.html")


urlpatterns = [path("look/", specimen, name="look"), path("look/room/", room, name="look-room")]


def _pictures():
    return {
        "funnel": pictures.funnel(STAGES, label="Of 4,812 inquiries 412 became leads and 47 were won"),
        "odd_funnel": pictures.funnel(ODD_STAGES, label="Of 1,204,338 inquiries one became a lead, none was won"),
        "bars": pictures.bars(
            SOURCES, label="Cost per accepted lead by source, from €210 to €3,975", show=lambda v: f"€{v:,}"
        ),
        "load": pictures.bars(LOAD, label="Leads per rep and week, before and after, against each capacity"),
        "split": pictures.split(
            [Split("in force", 24, 2, ("passed", "missed")), Split("draft 8", 23, 3, ("passed", "missed"))],
            label="Of 26 wins the definition in force passes 24, draft 8 passes 23",
        ),
        "cohorts": pictures.cohort_triangle(
            COHORTS,
            label="Accepted leads per hundred inquiries, by months since",
            first="first inquiry",
            size="inquiries",
        ),
        "stock": pictures.stacked_stock(STOCK, AGES, label="What is on hand by stage and age"),
        "ages": pictures.stock_legend(AGES),
        "line": pictures.line(
            [Point(month, share, open=month == "Mar 26") for month, share in zip(MONTHS, SHARES, strict=True)],
            label="The active share of inquiries rose from 44 % to 58 % in twelve months",
            reference=(0.5, "often quoted: half"),
            show=wording.percent,
        ),
        "versus": pictures.line(
            [Point(str(week), value) for week, value in enumerate((6, 8, 8, 7, 4, 7, 7, 9, 5, 6, 11, 8))],
            label="Leads given to sales per week: 9.5 in force, 7.4 under draft 8",
            before=(7, 10, 11, 8, 7, 9, 10, 11, 7, 7, 11, 9),
            names=("in force", "draft 8"),
        ),
        "score": pictures.score_line(
            [(0, 25_000), (7, 25_000), (7, 40_000), (13, 37_500), (13, 50_000), (20, 47_000), (20, 57_000),
             (22, 56_500), (22, 46_500), (27, 44_000), (27, 64_000), (28, 62_400)],
            60_000, label="Score over 28 days: from 25 to 62; it crossed 60 yesterday", names=("17 Feb", "today"),
        ),
        "spark": pictures.spark([3, 5, 4, 8, None, 6, 9, 12], label="Inquiries a week, rising from 3 to 12"),
        "day": pictures.day_line(
            [
                Due(NOW - timedelta(minutes=14), "answer", "late", "answer Ann Ahlgren", "#"),
                Due(NOW + timedelta(minutes=22), "answer", "soon", "answer Bob Baraldi", "#"),
                Due(NOW + timedelta(minutes=56), "answer", "good", "answer Ines Falkner", "#"),
                Due(NOW - timedelta(minutes=42), "touch", "late", "call Freya Lindholm", "#"),
                *(Due(NOW + timedelta(minutes=m), "touch", "planned", "touch", "#") for m in (33, 78, 183, 318, 348)),
            ],
            NOW,
            label="Your day from 8 to 17: three answers, six touches, now 10:12",
            opens=NOW.replace(hour=8, minute=0),
            closes=NOW.replace(hour=17, minute=0),
        ),
    }  # fmt: skip


def _for_builders(request):
    if not settings.DEBUG and getattr(request.user, "role", "") != "admin":
        raise Http404
