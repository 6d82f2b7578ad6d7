"""Postboxes that get their access tokens themselves: where from, as which application, and the token as long as it lives."""

from django.db import migrations, models

LOGINS = ("password", "oauth", "token")


class Migration(migrations.Migration):
    dependencies = [("leads", "0026_calls_taken_back")]

    operations = [
        migrations.AlterField("postbox", "login", models.CharField(
            choices=[(one, one) for one in LOGINS], default="password", max_length=8,
        )),
        *(
            migrations.AddField("postbox", name, field)
            for name, field in (
                ("token_address", models.CharField(blank=True, default="", max_length=300)),
                ("client_id", models.CharField(blank=True, default="", max_length=200)),
                ("client_secret", models.TextField(blank=True, default="")),
                ("scope", models.CharField(blank=True, default="", max_length=400)),
                ("access_token", models.TextField(blank=True, default="")),
                ("access_until", models.DateTimeField(null=True)),
            )
        ),
    ]
