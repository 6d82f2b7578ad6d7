"""Two keys more that the database does not check: see decision 12."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0012_robots_and_pages")]
    operations = [
        migrations.AlterField(
            "factrow", "person",
            models.ForeignKey(
                db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="facts", to="leads.person",
            ),
        ),
        migrations.AlterField(
            "inquiry", "cycle",
            models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="inquiries", to="leads.cycle",
            ),
        ),
    ]
