"""Until when a band of engagement is kept; decisions of the sorting bench that can be taken back. Every standing is
worked out once more, in the background."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

AGAIN = "UPDATE leads_accountstanding SET dirty = true WHERE NOT dirty"


def key(to, **more):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to, **more)


class Migration(migrations.Migration):
    dependencies = [("leads", "0019_studies")]

    operations = [
        migrations.AddField("personstanding", "enough_until", models.DateTimeField(null=True)),
        migrations.AddField("personstanding", "halfway_until", models.DateTimeField(null=True)),
        migrations.AddField("personstanding", "quarter_until", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "personstanding",
            models.Index(
                "enough_until", condition=models.Q(("enough_until__isnull", False)), include=["person"],
                name="pstanding_enough",
            ),
        ),
        migrations.AddIndex(
            "personstanding",
            models.Index(
                "grade", "enough_until", "halfway_until", "quarter_until", include=["person"], name="pstanding_axes"
            ),
        ),
        migrations.RunSQL(AGAIN, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Sorting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(
                    choices=[("nurture", "nurture"), ("disqualified", "disqualified")], max_length=14
                )),
                ("reason", models.CharField(blank=True, default="", max_length=60)),
                ("lasting", models.BooleanField(default=False)),
                ("people", models.PositiveIntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("by", key(settings.AUTH_USER_MODEL, null=True, db_index=False)),
                ("programme", key("leads.programme", null=True, db_index=False)),
                ("undone_by", key(settings.AUTH_USER_MODEL, null=True, db_index=False)),
            ],
            options={"db_table": "leads_sorting", "indexes": [models.Index(fields=["by", "-at"], name="sorting_by")]},
        ),
        migrations.CreateModel(
            name="SortedPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.CharField(max_length=14)),
                ("after", models.CharField(max_length=14)),
                ("change_id", models.BigIntegerField(null=True)),
                ("fact_id", models.BigIntegerField()),
                ("answered", django.contrib.postgres.fields.ArrayField(
                    base_field=models.BigIntegerField(), default=list, size=None
                )),
                ("undone_at", models.DateTimeField(null=True)),
                ("stays", models.CharField(blank=True, default="", max_length=300)),
                ("cycle", key("leads.cycle", db_index=False)),
                ("enrolment", key("leads.enrolment", null=True, db_index=False)),
                ("person", key("leads.person")),
                ("sorting", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="sorted", to="leads.sorting"
                )),
            ],
            options={
                "db_table": "leads_sortedperson",
                "constraints": [
                    models.UniqueConstraint(fields=("sorting", "person"), name="sortedperson_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("person", models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="+", serialize=False,
                    to="leads.person",
                )),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("user", models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                )),
            ],
            options={"db_table": "leads_hold"},
        ),
    ]
