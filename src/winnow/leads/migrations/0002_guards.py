"""Triggers that keep what must not change: facts, the audit trail, transitions, signed definitions, closed minutes; and
the last word on marketing mail: whatever the code believes, none is claimed for a suppressed address or over the caps.
The caps are those of winnow.outreach.gate; a test holds both equal."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION winnow_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: record a new fact that corrects or withdraws the old one', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER fact_append_only BEFORE UPDATE OR DELETE ON leads_fact
  FOR EACH ROW EXECUTE FUNCTION winnow_append_only();
CREATE TRIGGER fact_no_truncate BEFORE TRUNCATE ON leads_fact
  FOR EACH STATEMENT EXECUTE FUNCTION winnow_append_only();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON leads_auditentry
  FOR EACH ROW EXECUTE FUNCTION winnow_append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON leads_auditentry
  FOR EACH STATEMENT EXECUTE FUNCTION winnow_append_only();
CREATE TRIGGER stagechange_append_only BEFORE UPDATE OR DELETE ON leads_stagechange
  FOR EACH ROW EXECUTE FUNCTION winnow_append_only();

CREATE FUNCTION winnow_signed_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NEW.document IS DISTINCT FROM OLD.document OR NEW.hash <> OLD.hash
     OR NEW.number <> OLD.number THEN
    RAISE EXCEPTION 'the text of definition % never changes: an edit makes a new draft', OLD.number
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER definition_text BEFORE UPDATE OR DELETE ON leads_definition
  FOR EACH ROW EXECUTE FUNCTION winnow_signed_text();
CREATE TRIGGER signature_append_only BEFORE UPDATE OR DELETE ON leads_signature
  FOR EACH ROW EXECUTE FUNCTION winnow_append_only();
"""

GUARDS_BACK = """
DROP TRIGGER signature_append_only ON leads_signature;
DROP TRIGGER definition_text ON leads_definition;
DROP TRIGGER stagechange_append_only ON leads_stagechange;
DROP TRIGGER audit_no_truncate ON leads_auditentry;
DROP TRIGGER audit_append_only ON leads_auditentry;
DROP TRIGGER fact_no_truncate ON leads_fact;
DROP TRIGGER fact_append_only ON leads_fact;
DROP FUNCTION winnow_signed_text();
DROP FUNCTION winnow_append_only();
"""

MINUTES = """
CREATE FUNCTION winnow_closed_review() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  review bigint;
  closed timestamptz;
BEGIN
  IF TG_TABLE_NAME = 'leads_review' THEN
    closed := OLD.closed_at;
    review := OLD.id;
  ELSE
    review := CASE TG_OP WHEN 'INSERT' THEN NEW.review_id ELSE OLD.review_id END;
    SELECT r.closed_at INTO closed FROM leads_review r WHERE r.id = review;
  END IF;
  IF closed IS NOT NULL THEN
    IF TG_TABLE_NAME = 'leads_promise' AND TG_OP = 'UPDATE' THEN
      -- Whether a promise was kept shows later; what was promised, by whom and until when does not change.
      IF (NEW.review_id, NEW.cycle_id, NEW.by_id, NEW.text, NEW.due_at, NEW.made_at)
         IS NOT DISTINCT FROM (OLD.review_id, OLD.cycle_id, OLD.by_id, OLD.text, OLD.due_at, OLD.made_at)
         AND OLD.kept_at IS NULL AND OLD.broken_at IS NULL THEN
        RETURN NEW;
      END IF;
    END IF;
    RAISE EXCEPTION 'review % was closed on %: its minutes stay as they are', review, closed::date
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER review_minutes BEFORE UPDATE OR DELETE ON leads_review
  FOR EACH ROW EXECUTE FUNCTION winnow_closed_review();
CREATE TRIGGER review_minutes BEFORE INSERT OR UPDATE OR DELETE ON leads_reviewline
  FOR EACH ROW EXECUTE FUNCTION winnow_closed_review();
CREATE TRIGGER review_minutes BEFORE INSERT OR UPDATE OR DELETE ON leads_promise
  FOR EACH ROW EXECUTE FUNCTION winnow_closed_review();
CREATE TRIGGER review_minutes BEFORE INSERT OR UPDATE OR DELETE ON leads_review_present
  FOR EACH ROW EXECUTE FUNCTION winnow_closed_review();
"""

MINUTES_BACK = """
DROP TRIGGER review_minutes ON leads_review_present;
DROP TRIGGER review_minutes ON leads_promise;
DROP TRIGGER review_minutes ON leads_reviewline;
DROP TRIGGER review_minutes ON leads_review;
DROP FUNCTION winnow_closed_review();
"""

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
"""

GATE_BACK = """
DROP TRIGGER message_send_gate ON leads_message;
DROP FUNCTION winnow_send_gate();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]
    operations = [
        migrations.RunSQL(GUARDS, GUARDS_BACK),
        migrations.RunSQL(MINUTES, MINUTES_BACK),
        migrations.RunSQL(GATE, GATE_BACK),
    ]
