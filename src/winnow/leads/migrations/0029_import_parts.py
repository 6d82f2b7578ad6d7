"""How far an import is, for each part of its file."""

from django.db import migrations, models

CARRY_OVER = """
    UPDATE leads_import SET parts = jsonb_build_array(jsonb_build_object(
        'line', last_line, 'notes', coalesce(summary -> 'notes', '{}'), 'largest', coalesce(summary -> 'largest', '{}')))
    WHERE last_line > 0
"""
CARRY_BACK = """
    UPDATE leads_import SET last_line = (parts -> 0 ->> 'line')::integer WHERE jsonb_array_length(parts) = 1
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0028_validation_by_key")]

    operations = [
        migrations.AddField("import", "parts", models.JSONField(default=list)),
        migrations.RunSQL(CARRY_OVER, CARRY_BACK),
        migrations.RemoveField("import", "last_line"),
    ]
