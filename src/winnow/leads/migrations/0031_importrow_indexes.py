"""Rows of an import are found by the import; those that were changed or refused by their outcome, too."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0030_identity_key")]

    operations = [
        migrations.RemoveIndex("importrow", "importrow_outcome"),
        migrations.AddIndex("importrow", models.Index(
            fields=["run", "outcome"], name="importrow_outcome",
            condition=models.Q(outcome__in=["updated", "quarantined", "rejected"]),
        )),
        migrations.AddIndex("importrow", django.contrib.postgres.indexes.BrinIndex(
            fields=["run"], name="importrow_run", autosummarize=True,
        )),
    ]
