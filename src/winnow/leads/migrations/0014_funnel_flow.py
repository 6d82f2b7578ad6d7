"""The ledger of moves summed by day, and indexes that hold what the reports read."""

from django.db import migrations, models

FLOWS = """
CREATE OR REPLACE FUNCTION winnow_funnel_stages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO leads_funneltouch (person_id)
  SELECT DISTINCT c.person_id FROM fresh s JOIN leads_cycle c ON c.id = s.cycle_id;
  INSERT INTO leads_funnelflow (day, before, after, moves)
  SELECT (known_at AT TIME ZONE 'UTC')::date, before, after, count(*) FROM fresh GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;
INSERT INTO leads_funnelflow (day, before, after, moves)
SELECT (known_at AT TIME ZONE 'UTC')::date, before, after, count(*) FROM leads_stagechange GROUP BY 1, 2, 3;
"""
BACK = """
CREATE OR REPLACE FUNCTION winnow_funnel_stages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO leads_funneltouch (person_id)
  SELECT DISTINCT c.person_id FROM fresh s JOIN leads_cycle c ON c.id = s.cycle_id;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0013_fewer_checks")]
    operations = [
        migrations.CreateModel(
            name="FunnelFlow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("before", models.CharField(max_length=14)),
                ("after", models.CharField(max_length=14)),
                ("moves", models.BigIntegerField()),
            ],
            options={"db_table": "leads_funnelflow"},
        ),
        migrations.RunSQL(FLOWS, BACK),
        migrations.RemoveIndex("funnelrow", "funnelrow_deals"),
        migrations.RemoveIndex("funnelrow", "funnelrow_leads"),
        migrations.AddIndex(
            "funnelrow",
            models.Index(
                fields=["captured_at"], name="funnelrow_opened", condition=models.Q(opened_at__isnull=False),
                include=["month", "inquiry_id", "opened_at", "closed_at", "opportunities", "won"],
            ),
        ),
        migrations.AddIndex(
            "funnelrow",
            models.Index(
                fields=["captured_at"], name="funnelrow_lead", condition=models.Q(lead_at__isnull=False),
                include=[
                    "month", "inquiry_id", "cycle_id", "lead_at", "handed_at", "accepted_at", "opened_at", "leads",
                    "handed_off", "accepted", "rejected",
                ],
            ),
        ),
    ]
