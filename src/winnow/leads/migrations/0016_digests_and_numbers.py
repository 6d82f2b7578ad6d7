from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0015_saved_mappings")]
    operations = [
        migrations.AddField("postbox", "rebuilt_until", models.BigIntegerField(db_default=0, default=0)),
        migrations.AlterField(
            "hook", "proof",
            models.CharField(
                choices=[
                    ("signature", "signature"), ("digest", "digest"), ("header", "header"), ("basic", "basic"),
                    ("address", "address"),
                ],
                default="signature", max_length=10,
            ),
        ),
    ]
