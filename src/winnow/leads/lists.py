"""Lists of people that somebody keeps: a name and the filter, never the people themselves."""

from django.db import models

from winnow.leads.clock import now
from winnow.leads.errors import Refusal


class PeopleList(models.Model):
    """A filter over people under a name of its own; `query` is what stands in the address of the page."""

    user = models.ForeignKey("leads.User", models.CASCADE, related_name="lists")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "leads_peoplelist"
        constraints = [models.UniqueConstraint("user", "name", name="list_name_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def keep(cls, user, name: str, query: str) -> "PeopleList":
        """Keep the filter under that name; the same name again is the new filter. Refusal beyond fifty."""
        if cls.objects.filter(user=user).exclude(name=name).count() >= 50:
            raise Refusal("Fifty lists are kept already; let go of one first.")
        kept, _ = cls.objects.update_or_create(
            user=user, name=name, defaults={"query": query}, create_defaults={"query": query, "created_at": now()}
        )
        return kept
