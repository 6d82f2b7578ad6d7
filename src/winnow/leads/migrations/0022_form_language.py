"""The language in which a form says what its maker doesn't write."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0021_keys_by_statement")]

    operations = [
        migrations.AddField("form", "language", models.CharField(
            choices=[("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")],
            db_default="en", default="en", max_length=2,
        )),
    ]
