"""How much of its limit a key or hook has used in the running minute: one row each, for all processes together."""

from django.db import models


class RateUse(models.Model):
    """`used` counts the calls that were granted in `minute` (minutes since 1970)."""

    name = models.CharField(max_length=60, unique=True, db_collation="C")
    minute = models.BigIntegerField()
    used = models.BigIntegerField()

    class Meta:
        db_table = "leads_rateuse"

    def __str__(self) -> str:
        return f"{self.used} of {self.name}"
