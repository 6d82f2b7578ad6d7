"""People, and what identifies them. Uniqueness is a constraint of the database, never a look before an insert."""

from django.db import connection, models
from django.db.models.functions import Right

LINE = Right(
    models.Func(
        models.F("phone"), models.Value(r"\D"), models.Value(""), models.Value("g"), function="regexp_replace"
    ), 7,
)
"""The last seven digits of a number: they tell one line from another, however it was written."""


class Person(models.Model):
    """Somebody who responded, or whom we know. `mailbox` is info@ and the like: never authority, never a human.

    `email` and `phone` are as they were given, for showing; what identifies is in Identity.
    """

    KINDS = ["human", "mailbox"]

    account = models.ForeignKey("leads.Account", models.PROTECT, related_name="people", db_constraint=False)
    kind = models.CharField(max_length=8, default="human", choices=[(k, k) for k in KINDS])
    first_name = models.CharField(max_length=120, blank=True, default="")
    last_name = models.CharField(max_length=120, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    phone = models.CharField(max_length=60, blank=True, default="")
    title = models.CharField(max_length=200, blank=True, default="")
    seniority = models.CharField(max_length=20, blank=True, default="")
    department = models.CharField(max_length=40, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    time_zone = models.CharField(max_length=60, blank=True, default="")
    owner = models.ForeignKey(
        "leads.User", models.PROTECT, null=True, blank=True, related_name="people", db_index=False
    )
    phase = models.CharField(max_length=12, blank=True, default="")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", db_index=False
    )
    created_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, help_text="only an import that was taken back brought it")

    class Meta:
        db_table = "leads_person"
        indexes = [
            models.Index(name, name=f"person_{name}", condition=models.Q(**{f"{name}__isnull": False}))
            for name in ("owner", "merged_into")
        ] + [models.Index(LINE, name="person_line", condition=~models.Q(phone=""))]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name to show: as given, else the address, else the number."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or f"person {self.pk}"

    def now_is(self) -> "Person":
        """The person that this one was merged into, or itself."""
        person = self
        while person.merged_into_id:
            person = person.merged_into
        return person


def same_person(person: Person) -> list[int]:
    """The person's number and those of everybody merged into them: facts keep the number they were recorded under."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE mine(id) AS (
                   SELECT %s::bigint UNION SELECT p.id FROM leads_person p JOIN mine ON p.merged_into_id = mine.id)
               SELECT id FROM mine""",
            [person.pk],
        )
        return [row[0] for row in cursor.fetchall()]


class Identity(models.Model):
    """One key that identifies one person: a normalised address, or the key of another system.

    A masked or shared address gets no row here: it is stored with the inquiry and identifies nobody.
    """

    KINDS = ["email", "external"]

    # Written before its person, by whose row two who race would meet too late; see decision 0012.
    person = models.ForeignKey(Person, models.PROTECT, related_name="identities", db_constraint=False)
    kind = models.CharField(max_length=10, choices=[(k, k) for k in KINDS])
    system = models.CharField(max_length=60, blank=True, default="")
    value = models.CharField(max_length=254, db_collation="C")
    strangers = models.PositiveIntegerField(default=0, help_text="how often unlike people gave this address")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "leads_identity"
        constraints = [models.UniqueConstraint("kind", "system", "value", name="identity_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class SharedAddress(models.Model):
    """An address that many unlike people gave: it is kept, shown, and identifies nobody from now on."""

    value = models.CharField(max_length=254, unique=True, db_collation="C")
    reason = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "leads_sharedaddress"

    def __str__(self) -> str:
        return self.value
