"""Triggers that keep what must not change: facts, the audit trail, transitions and signed definitions."""

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

CREATE INDEX fact_structural ON leads_fact (other_id)
  WHERE kind IN ('moved_account', 'merged', 'unmerged', 'withdrawn');
"""

BACK = """
DROP INDEX fact_structural;
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


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, BACK)]
