"""What was found later about an inquiry: valid after all, or not."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE TRIGGER validation_append_only BEFORE UPDATE OR DELETE ON leads_validation
  FOR EACH ROW EXECUTE FUNCTION winnow_append_only();
"""
BACK = "DROP TRIGGER validation_append_only ON leads_validation;"


class Migration(migrations.Migration):
    dependencies = [("leads", "0008_events_and_calls")]

    operations = [
        migrations.CreateModel(
            name="Validation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid", models.BooleanField()),
                ("reason", models.CharField(blank=True, default="", max_length=40)),
                ("was_valid", models.BooleanField()),
                ("was_reason", models.CharField(blank=True, default="", max_length=40)),
                ("said", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                ("by", models.ForeignKey(
                    db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                    to=settings.AUTH_USER_MODEL,
                )),
                ("inquiry", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="validations", to="leads.inquiry"
                )),
            ],
            options={
                "db_table": "leads_validation",
                "constraints": [models.CheckConstraint(
                    condition=models.Q(("valid", models.F("was_valid")), _negated=True), name="validation_changes"
                )],
            },
        ),
        migrations.AddIndex(
            model_name="inquiry",
            index=models.Index(
                models.F("invalid_reason"), models.F("captured_at"), condition=models.Q(("valid", False)),
                name="inquiry_invalid",
            ),
        ),
        migrations.RunSQL(GUARD, BACK),
    ]
