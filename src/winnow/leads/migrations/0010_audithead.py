"""The head of the audit trail, kept apart from it, so that entries missing at its end show."""

from django.db import migrations, models

BEGIN = """INSERT INTO leads_audithead (id, digest, entries)
           SELECT 1, digest, (SELECT count(*) FROM leads_auditentry) FROM leads_auditentry ORDER BY id DESC LIMIT 1"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0009_handoff_responded")]
    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("digest", models.BinaryField(max_length=32)),
                ("entries", models.BigIntegerField()),
            ],
            options={"db_table": "leads_audithead"},
        ),
        migrations.AddConstraint(
            "audithead", models.CheckConstraint(condition=models.Q(("id", 1)), name="audithead_one")
        ),
        migrations.RunSQL(BEGIN, migrations.RunSQL.noop),
    ]
