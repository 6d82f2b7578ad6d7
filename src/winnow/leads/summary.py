"""What the reports are read from: one row per counted thing, and sums of them by attribute and month.

A cache of the funnel room: dropped and rebuilt at will, compared with the history by `winnow check`. Triggers note in
`FunnelTouch` whose rows may have changed, whoever wrote; `winnow.funnel.rollup` counts those again.
"""

from django.db import models

COUNTS = (
    "inquiries", "valid", "active", "claimed", "prospects", "leads", "handed_off", "accepted", "rejected", "waiting",
    "ended_early", "let_go", "disqualified", "opportunities", "won", "lost", "wins_unjudged", "won_cents",
)  # fmt: skip
"""What a row is worth in each count of the funnel: mostly 0 or 1. `won_cents` is in the row's own currency."""


def _count():
    return models.SmallIntegerField(default=0)


def _sum():
    return models.BigIntegerField(default=0)


class FunnelRow(models.Model):
    """One inquiry with what became of it; or a cycle that began without one; or a deal. Each thing counts once.

    `captured_at` is when the inquiry it goes back to came in, and `month` the first of that month in UTC: a deal
    belongs to the month of its inquiry. `who_id` is the person after all merges. `owner` is # and a user's number, or
    = and the name that a file gave. `stage` and `stage_on` are where the row's cycle stands, and since which day.
    """

    kind = models.CharField(max_length=7)
    inquiry_id = models.BigIntegerField(null=True)
    cycle_id = models.BigIntegerField(null=True)
    deal_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    who_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)
    captured_at = models.DateTimeField(null=True)
    month = models.DateField(null=True)
    source = models.CharField(max_length=120, null=True)
    channel = models.CharField(max_length=20, null=True)
    interest = models.CharField(max_length=8, null=True)
    campaign_id = models.BigIntegerField(null=True)
    product_id = models.BigIntegerField(null=True)
    cycle = models.IntegerField(null=True)
    owner = models.CharField(max_length=130, null=True)
    grade = models.CharField(max_length=1, null=True)
    industry = models.CharField(max_length=120, null=True)
    country = models.CharField(max_length=2, null=True)
    stage = models.CharField(max_length=14, null=True)
    stage_on = models.DateField(null=True)
    lead_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    currency = models.CharField(max_length=3, default="")
    inquiries = _count()
    valid = _count()
    active = _count()
    claimed = _count()
    prospects = _count()
    leads = _count()
    handed_off = _count()
    accepted = _count()
    rejected = _count()
    waiting = _count()
    ended_early = _count()
    let_go = _count()
    disqualified = _count()
    opportunities = _count()
    won = _count()
    lost = _count()
    wins_unjudged = _count()
    won_cents = _sum()

    class Meta:
        db_table = "leads_funnelrow"
        constraints = [
            models.UniqueConstraint("inquiry_id", condition=models.Q(kind="inquiry"), name="funnelrow_inquiry"),
            models.UniqueConstraint("cycle_id", condition=models.Q(kind="cycle"), name="funnelrow_cycle"),
            models.UniqueConstraint("deal_id", condition=models.Q(kind="deal"), name="funnelrow_deal"),
        ]
        indexes = [
            models.Index("who_id", name="funnelrow_who"),
            models.Index("captured_at", name="funnelrow_captured"),
            models.Index(
                fields=["captured_at"], name="funnelrow_opened", condition=models.Q(opened_at__isnull=False),
                include=["month", "inquiry_id", "opened_at", "closed_at", "opportunities", "won"],
            ),
            models.Index(
                fields=["captured_at"], name="funnelrow_lead", condition=models.Q(lead_at__isnull=False),
                include=[
                    "month", "inquiry_id", "cycle_id", "lead_at", "handed_at", "accepted_at", "opened_at", "leads",
                    "handed_off", "accepted", "rejected",
                ],
            ),
        ]


class FunnelCell(models.Model):
    """The sums of the rows with one value of one attribute, one campaign and currency, captured in one month.

    `people` counts a person in the month of their last inquiry with that value, so that the sum over the months since
    any month is how many different people inquired since. In cells of `stock`, `value` is the stage, `month` the day
    since which they stand there, and `stock` how many.
    """

    dimension = models.CharField(max_length=10)
    value = models.CharField(max_length=130, null=True)
    campaign_id = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="")
    month = models.DateField(null=True)
    people = _sum()
    stock = _sum()
    inquiries = _sum()
    valid = _sum()
    active = _sum()
    claimed = _sum()
    prospects = _sum()
    leads = _sum()
    handed_off = _sum()
    accepted = _sum()
    rejected = _sum()
    waiting = _sum()
    ended_early = _sum()
    let_go = _sum()
    disqualified = _sum()
    opportunities = _sum()
    won = _sum()
    lost = _sum()
    wins_unjudged = _sum()
    won_cents = _sum()

    class Meta:
        db_table = "leads_funnelcell"
        constraints = [
            models.UniqueConstraint(
                fields=["dimension", "value", "campaign_id", "currency", "month"], nulls_distinct=False,
                name="funnelcell_once",
            ),
        ]


class FunnelFlow(models.Model):
    """How many moves from one stage to another became known on one day (in UTC): the ledger of moves, summed.

    A trigger adds what is written there; the rows of one day and move are put together from time to time.
    """

    day = models.DateField()
    before = models.CharField(max_length=14)
    after = models.CharField(max_length=14)
    moves = models.BigIntegerField()

    class Meta:
        db_table = "leads_funnelflow"


class FunnelTouch(models.Model):
    """Somebody whose rows may have changed since `at`: a person, everybody of an account, or a deal of nobody."""

    person_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)
    deal_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        db_table = "leads_funneltouch"
