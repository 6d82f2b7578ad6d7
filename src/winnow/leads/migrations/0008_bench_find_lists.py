"""Indexes for the sorting bench, for finding people and accounts and for the audit trail; lists; answers taken back."""

import django.db.models.deletion
import django.db.models.lookups
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

FIND = """
CREATE INDEX person_last_name ON leads_person (lower(last_name) text_pattern_ops);
CREATE INDEX person_first_name ON leads_person (lower(first_name) text_pattern_ops);
CREATE INDEX account_name_parts ON leads_account USING gin (lower(name) gin_trgm_ops);
"""
BACK = """
DROP INDEX account_name_parts;
DROP INDEX person_first_name;
DROP INDEX person_last_name;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0007_send_gate")]
    operations = [
        TrigramExtension(),
        migrations.RunSQL(FIND, BACK),
        migrations.CreateModel(
            name="PeopleList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=400)),
                ("created_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lists", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"db_table": "leads_peoplelist", "ordering": ["name"]},
        ),
        migrations.AddConstraint(
            model_name="peoplelist",
            constraint=models.UniqueConstraint(models.F("user"), models.F("name"), name="list_name_once"),
        ),
        migrations.AddField("answer", "withdrawn_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "answer",
            models.Index(models.F("fact_id"), condition=models.Q(fact_id__isnull=False), name="answer_fact"),
        ),
        migrations.AddIndex("auditentry", models.Index(models.F("by"), models.F("at"), name="audit_by")),
        migrations.AddIndex("auditentry", models.Index(models.F("verb"), models.F("id"), name="audit_verb")),
        migrations.AddIndex("auditentry", models.Index(models.F("at"), name="audit_at")),
        migrations.AddIndex(
            "personstanding",
            models.Index(
                models.OrderBy(models.F("order_key"), descending=True, nulls_last=True), models.F("person"),
                condition=models.Q(ready=True), name="pstanding_ready",
            ),
        ),
        migrations.AddIndex(
            "personstanding",
            models.Index(
                models.OrderBy(models.F("order_key"), descending=True, nulls_last=True), models.F("person"),
                condition=models.Q(
                    django.db.models.lookups.Exact(
                        models.Func(
                            models.F("unmet"), function="cardinality", output_field=models.IntegerField()
                        ), 1,
                    )
                ),
                name="pstanding_short",
            ),
        ),
    ]
