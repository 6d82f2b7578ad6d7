from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0008_bench_find_lists")]
    operations = [
        migrations.AddIndex(
            "handoff",
            models.Index(
                models.F("responded_at"), condition=models.Q(responded_at__isnull=False), name="handoff_responded"
            ),
        ),
    ]
