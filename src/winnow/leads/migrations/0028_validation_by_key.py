"""Which program judged an inquiry again, where none of the people here did."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0027_postbox_oauth")]

    operations = [
        migrations.AddField("validation", "by_key", models.ForeignKey(
            db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
            to="leads.apikey",
        )),
    ]
