"""The last word on marketing mail: whatever the code believes, none is claimed for a suppressed address or over the
caps. The caps are those of winnow.outreach.gate; a test holds both equal."""

from django.db import migrations

GATE = """
CREATE FUNCTION winnow_send_gate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moment timestamptz := coalesce(NEW.handed_at, NEW.claimed_at);
  recent int;
  month int;
BEGIN
  IF NEW.kind <> 'marketing' OR NEW.state <> 'sending' THEN
    RETURN NEW;
  END IF;
  IF EXISTS (
    SELECT 1 FROM leads_suppression
    WHERE lifted_at IS NULL
      AND address_hash = encode(sha256(convert_to(lower(btrim(NEW.address)), 'UTF8')), 'hex')
  ) THEN
    RAISE EXCEPTION 'mail %: its address is suppressed', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  -- One person at a time: two claims at the same moment must not both find room under the cap.
  PERFORM pg_advisory_xact_lock(7461002, coalesce((NEW.person_id % 2147483647)::int, hashtext(NEW.address)));
  SELECT count(*) FILTER (WHERE coalesce(m.sent_at, m.handed_at, m.claimed_at) > moment - interval '7 days'), count(*)
    INTO recent, month
    FROM leads_message m
   WHERE m.id <> NEW.id AND m.kind = 'marketing' AND m.state IN ('sending', 'sent', 'unknown')
     AND (m.person_id = NEW.person_id OR m.address = NEW.address)
     AND coalesce(m.sent_at, m.handed_at, m.claimed_at) > moment - interval '30 days';
  IF recent >= 1 OR month >= 3 THEN
    RAISE EXCEPTION 'mail %: the person has had % mails in 7 days and % in 30', NEW.id, recent, month
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER message_send_gate BEFORE INSERT OR UPDATE OF state, handed_at ON leads_message
  FOR EACH ROW EXECUTE FUNCTION winnow_send_gate();

-- When this database was brought back from a backup: mail that was due before may have gone out since.
CREATE INDEX audit_restored ON leads_auditentry (at) WHERE verb = 'restored';
"""

BACK = """
DROP INDEX audit_restored;
DROP TRIGGER message_send_gate ON leads_message;
DROP FUNCTION winnow_send_gate();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0006_outreach")]
    operations = [migrations.RunSQL(GATE, BACK)]
