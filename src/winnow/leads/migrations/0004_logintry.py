from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0003_identity_strangers")]
    operations = [
        migrations.CreateModel(
            name="LoginTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.CharField(db_collation="C", max_length=254)),
                ("ip", models.CharField(db_collation="C", max_length=45)),
                ("at", models.DateTimeField()),
                ("passed", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "leads_logintry",
                "indexes": [
                    models.Index(models.F("email"), models.F("at"), name="logintry_email"),
                    models.Index(models.F("ip"), models.F("at"), name="logintry_ip"),
                    models.Index(models.F("at"), name="logintry_at"),
                ],
            },
        ),
    ]
