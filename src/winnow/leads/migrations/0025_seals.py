"""What `check` holds leads and mails against: the seal of the verdict that made a lead, and a list of every mail there
ever was. Both are written by the database itself, whoever makes the row."""

from django.db import migrations, models

SEALS = """
CREATE FUNCTION winnow_lead_seal(lead leads_lead) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(convert_to(concat_ws('|', lead.id, lead.line, lead.definition_id, lead.policy_version, lead.milli,
    lead.grade, (extract(epoch FROM lead.made_at) * 1000000)::bigint), 'UTF8'))
$$;
CREATE FUNCTION winnow_seal_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.seal := winnow_lead_seal(NEW);
  RETURN NEW;
END $$;
CREATE TRIGGER lead_seal BEFORE INSERT ON leads_lead FOR EACH ROW EXECUTE FUNCTION winnow_seal_lead();
UPDATE leads_lead l SET seal = winnow_lead_seal(l);

CREATE FUNCTION winnow_list_mails() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO leads_listedmail (noun, number, at) SELECT TG_ARGV[0], id, now() FROM fresh;
  RETURN NULL;
END $$;
CREATE TRIGGER message_listed AFTER INSERT ON leads_message REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION winnow_list_mails('message');
CREATE TRIGGER incomingmail_listed AFTER INSERT ON leads_incomingmail REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION winnow_list_mails('mail');
INSERT INTO leads_listedmail (noun, number, at) SELECT 'message', id, now() FROM leads_message
  UNION ALL SELECT 'mail', id, now() FROM leads_incomingmail;
CREATE TRIGGER listedmail_append_only BEFORE UPDATE OR DELETE ON leads_listedmail
  FOR EACH ROW EXECUTE FUNCTION winnow_append_only();
"""
BACK = """
DROP TRIGGER listedmail_append_only ON leads_listedmail;
DROP TRIGGER incomingmail_listed ON leads_incomingmail;
DROP TRIGGER message_listed ON leads_message;
DROP FUNCTION winnow_list_mails();
DROP TRIGGER lead_seal ON leads_lead;
DROP FUNCTION winnow_seal_lead();
DROP FUNCTION winnow_lead_seal(leads_lead);
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0024_event_language")]

    operations = [
        migrations.AddField("lead", "seal", models.BinaryField(default=b"", max_length=32)),
        migrations.CreateModel(
            "ListedMail",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("noun", models.CharField(choices=[("message", "message"), ("mail", "mail")], max_length=7)),
                ("number", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "leads_listedmail"},
        ),
        migrations.AddConstraint(
            "listedmail", models.UniqueConstraint(fields=["noun", "number"], name="listedmail_once"),
        ),
        migrations.RunSQL(SEALS, BACK),
    ]
