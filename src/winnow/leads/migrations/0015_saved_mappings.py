"""Mappings that are kept under a name."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0014_person_line")]
    operations = [
        migrations.CreateModel(
            name="SavedMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True)),
                ("kind", models.CharField(max_length=20)),
                ("mapping", models.TextField()),
                ("columns", models.JSONField(default=list)),
                ("options", models.JSONField(default=dict)),
                ("kept_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("by", models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                    to=settings.AUTH_USER_MODEL,
                )),
            ],
            options={"db_table": "leads_savedmapping"},
        ),
    ]
