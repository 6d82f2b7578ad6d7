"""What of two records agrees, and what a rule for merging asks to agree. Everything is compared once more."""

from django.db import migrations, models

AGAIN = """
INSERT INTO leads_doubttouch (noun, row_id) SELECT DISTINCT noun, low_id FROM leads_doubt WHERE apart_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0016_digests_and_numbers")]

    operations = [
        migrations.AddField("doubt", "agreed", models.JSONField(default=list)),
        migrations.AddField("doubtwatch", "must_agree", models.JSONField(default=list)),
        migrations.RunSQL(AGAIN, migrations.RunSQL.noop),
    ]
