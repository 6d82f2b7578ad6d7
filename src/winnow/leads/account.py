"""Accounts: the organisations that people belong to."""

from django.db import models
from django.db.models import Q


class Account(models.Model):
    """An organisation, or one person without one (`solo`), or a placeholder that counts as none.

    `merged_into` is who this account is now; facts keep the account they were recorded under.
    `domain` is the registrable company domain, never a free-mail one.
    """

    KINDS = ["company", "solo", "placeholder"]

    kind = models.CharField(max_length=12, default="company", choices=[(k, k) for k in KINDS])
    name = models.CharField(max_length=300, blank=True, default="")
    name_key = models.CharField(max_length=300, blank=True, default="", db_collation="C")
    domain = models.CharField(max_length=253, null=True, blank=True, db_collation="C")
    country = models.CharField(max_length=2, blank=True, default="")
    industry = models.CharField(max_length=120, blank=True, default="")
    employees = models.PositiveIntegerField(null=True, blank=True)
    key_account = models.BooleanField(default=False)
    customer = models.BooleanField(default=False)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="subsidiaries", db_index=False
    )
    owner = models.ForeignKey(
        "leads.User", models.PROTECT, null=True, blank=True, related_name="accounts", db_index=False
    )
    system = models.CharField(max_length=60, blank=True, default="")
    external_id = models.CharField(max_length=200, null=True, blank=True, db_collation="C")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", db_index=False
    )
    created_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, help_text="only an import that was taken back brought it")

    class Meta:
        db_table = "leads_account"
        constraints = [
            models.UniqueConstraint("domain", condition=Q(merged_into=None), name="account_domain_once"),
            models.UniqueConstraint(
                "name_key", condition=Q(merged_into=None, kind="company", domain=None) & ~Q(name_key=""),
                name="account_name_once",
            ),
            models.UniqueConstraint("system", "external_id", name="account_external_once"),
        ]
        indexes = [
            models.Index("name_key", name="account_name_key"),
            *(
                models.Index(name, name=f"account_{name}", condition=Q(**{f"{name}__isnull": False}))
                for name in ("owner", "parent", "merged_into")
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.domain or f"account {self.pk}"

    def now_is(self) -> "Account":
        """The account that this one was merged into, or itself."""
        account = self
        while account.merged_into_id:
            account = account.merged_into
        return account
