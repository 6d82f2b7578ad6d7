"""Long analyses that somebody asked for, with what came of them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0018_remarks")]
    operations = [
        migrations.CreateModel(
            name="Study",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=24)),
                ("asked", models.JSONField(default=dict)),
                ("asked_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("beat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("result", models.JSONField(null=True)),
                ("failed", models.CharField(blank=True, default="", max_length=400)),
                ("asked_by", models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                    to=settings.AUTH_USER_MODEL,
                )),
                ("draft", models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.definition",
                )),
            ],
            options={"db_table": "leads_study"},
        ),
        migrations.AddIndex("study", models.Index(fields=["name", "-asked_at"], name="study_name")),
        migrations.AddConstraint(
            "study",
            models.UniqueConstraint(
                fields=("name",), condition=models.Q(finished_at=None), name="study_one_at_a_time"
            ),
        ),
    ]
