"""Calls and confirmations among the decisions of the bench that can be taken back."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

WHATS = ("nurture", "disqualified", "qualified", "called")


class Migration(migrations.Migration):
    dependencies = [("leads", "0025_seals")]

    operations = [
        migrations.AlterField(
            "sorting", "what", models.CharField(choices=[(what, what) for what in WHATS], max_length=14)
        ),
        migrations.AlterField("sortedperson", "cycle", models.ForeignKey(
            db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.cycle",
        )),
        migrations.AddField("sortedperson", "touch", models.ForeignKey(
            db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.touch",
        )),
        migrations.AddField("sortedperson", "learned", django.contrib.postgres.fields.ArrayField(
            base_field=models.BigIntegerField(), default=list, size=None,
        )),
    ]
