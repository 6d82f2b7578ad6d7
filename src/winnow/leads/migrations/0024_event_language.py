"""The language in which the booth of an event says what its maker doesn't write."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0023_shadow")]

    operations = [
        migrations.AddField("event", "language", models.CharField(
            choices=[("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")],
            db_default="en", default="en", max_length=2,
        )),
    ]
