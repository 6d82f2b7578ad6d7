"""What either side says about a clause of a draft, and how objections ended. Both tables only grow."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEPT = """
CREATE TRIGGER remark_append_only BEFORE UPDATE OR DELETE ON leads_remark
  FOR EACH ROW EXECUTE FUNCTION winnow_append_only();
CREATE TRIGGER remarkend_append_only BEFORE UPDATE OR DELETE ON leads_remarkend
  FOR EACH ROW EXECUTE FUNCTION winnow_append_only();
"""

KEPT_BACK = """
DROP TRIGGER remarkend_append_only ON leads_remarkend;
DROP TRIGGER remark_append_only ON leads_remark;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0017_agreed")]

    operations = [
        migrations.CreateModel(
            name="Remark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("clause", models.CharField(db_collation="C", max_length=200)),
                ("number", models.CharField(blank=True, default="", max_length=12)),
                ("kind", models.CharField(choices=[("comment", "comment"), ("objection", "objection")], max_length=10)),
                ("text", models.TextField()),
                ("side", models.CharField(blank=True, default="", max_length=10)),
                ("made_at", models.DateTimeField()),
                ("by", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
                )),
                ("definition", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="remarks", to="leads.definition",
                )),
            ],
            options={"db_table": "leads_remark", "ordering": ["id"]},
        ),
        migrations.CreateModel(
            name="RemarkEnd",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("how", models.CharField(choices=[("answered", "answered"), ("withdrawn", "withdrawn")], max_length=10)),
                ("text", models.TextField(blank=True, default="")),
                ("ended_at", models.DateTimeField()),
                ("by", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
                )),
                ("remark", models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="end", to="leads.remark",
                )),
            ],
            options={"db_table": "leads_remarkend"},
        ),
        migrations.AddConstraint(
            model_name="remark",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["comment", "objection"])), name="remark_kind_known",
            ),
        ),
        migrations.RunSQL(KEPT, KEPT_BACK),
    ]
