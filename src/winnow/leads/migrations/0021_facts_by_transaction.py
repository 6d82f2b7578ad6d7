"""Facts by the transaction that recorded them, for whoever copies what is new: a summary of blocks, which costs the
recording of a fact next to nothing."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("leads", "0020_axes_and_sortings")]
    operations = [
        migrations.AddIndex(
            "factrow",
            django.contrib.postgres.indexes.BrinIndex(
                fields=["xact"], name="fact_xact", autosummarize=True, pages_per_range=32
            ),
        ),
    ]
