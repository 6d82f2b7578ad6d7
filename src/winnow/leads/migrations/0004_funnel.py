"""Triggers that note whose rows of the reports may have changed, and the ledger of moves summed by day."""

from django.db import migrations

TOUCHES = """
CREATE FUNCTION winnow_funnel_inquiries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO leads_funneltouch (person_id) SELECT DISTINCT person_id FROM fresh;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO leads_funneltouch (person_id) SELECT DISTINCT person_id FROM stale;
  ELSE
    INSERT INTO leads_funneltouch (person_id)
    SELECT DISTINCT unnest(ARRAY[f.person_id, s.person_id]) FROM fresh f JOIN stale s USING (id)
    WHERE (f.person_id, f.account_id, f.captured_at, f.recorded_at, f.historic, f.source, f.channel, f.interest,
           f.campaign_id, f.product_id, f.owner_given, f.valid, f.cycle_id, f.voided_at)
      IS DISTINCT FROM
          (s.person_id, s.account_id, s.captured_at, s.recorded_at, s.historic, s.source, s.channel, s.interest,
           s.campaign_id, s.product_id, s.owner_given, s.valid, s.cycle_id, s.voided_at);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER inquiry_funnel_new AFTER INSERT ON leads_inquiry REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION winnow_funnel_inquiries();
CREATE TRIGGER inquiry_funnel_changed AFTER UPDATE ON leads_inquiry REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION winnow_funnel_inquiries();
CREATE TRIGGER inquiry_funnel_gone AFTER DELETE ON leads_inquiry REFERENCING OLD TABLE AS stale
  FOR EACH STATEMENT EXECUTE FUNCTION winnow_funnel_inquiries();

CREATE FUNCTION winnow_funnel_stages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO leads_funneltouch (person_id)
  SELECT DISTINCT c.person_id FROM fresh s JOIN leads_cycle c ON c.id = s.cycle_id;
  INSERT INTO leads_funnelflow (day, before, after, moves)
  SELECT (known_at AT TIME ZONE 'UTC')::date, before, after, count(*) FROM fresh GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;
CREATE TRIGGER stagechange_funnel AFTER INSERT ON leads_stagechange REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION winnow_funnel_stages();

CREATE FUNCTION winnow_funnel_deals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO leads_funneltouch (deal_id) SELECT id FROM fresh;
  RETURN NULL;
END $$;
CREATE TRIGGER opportunity_funnel_new AFTER INSERT ON leads_opportunity REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION winnow_funnel_deals();
CREATE TRIGGER opportunity_funnel_changed AFTER UPDATE ON leads_opportunity REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION winnow_funnel_deals();

CREATE FUNCTION winnow_funnel_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO leads_funneltouch (person_id)
  SELECT DISTINCT id FROM unnest(ARRAY[NEW.id, NEW.merged_into_id, OLD.merged_into_id]) AS id WHERE id IS NOT NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER person_funnel AFTER UPDATE OF owner_id, merged_into_id ON leads_person FOR EACH ROW
  WHEN ((OLD.owner_id, OLD.merged_into_id) IS DISTINCT FROM (NEW.owner_id, NEW.merged_into_id))
  EXECUTE FUNCTION winnow_funnel_person();

CREATE FUNCTION winnow_funnel_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO leads_funneltouch (account_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER account_funnel AFTER UPDATE OF industry, country, merged_into_id ON leads_account FOR EACH ROW
  WHEN ((OLD.industry, OLD.country, OLD.merged_into_id) IS DISTINCT FROM (NEW.industry, NEW.country, NEW.merged_into_id))
  EXECUTE FUNCTION winnow_funnel_account();

CREATE FUNCTION winnow_funnel_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO leads_funneltouch (person_id) VALUES (NEW.person_id);
  RETURN NULL;
END $$;
CREATE TRIGGER standing_funnel_new AFTER INSERT ON leads_personstanding FOR EACH ROW
  EXECUTE FUNCTION winnow_funnel_standing();
CREATE TRIGGER standing_funnel_changed AFTER UPDATE OF grade ON leads_personstanding FOR EACH ROW
  WHEN (OLD.grade IS DISTINCT FROM NEW.grade) EXECUTE FUNCTION winnow_funnel_standing();

CREATE FUNCTION winnow_funnel_import() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO leads_funneltouch (person_id)
  SELECT DISTINCT c.person_id FROM leads_stagechange s JOIN leads_cycle c ON c.id = s.cycle_id
  WHERE s.imported_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER import_funnel AFTER UPDATE OF voided_at ON leads_import FOR EACH ROW
  WHEN (OLD.voided_at IS DISTINCT FROM NEW.voided_at) EXECUTE FUNCTION winnow_funnel_import();
"""

BACK = """
DROP TRIGGER import_funnel ON leads_import;
DROP TRIGGER standing_funnel_changed ON leads_personstanding;
DROP TRIGGER standing_funnel_new ON leads_personstanding;
DROP TRIGGER account_funnel ON leads_account;
DROP TRIGGER person_funnel ON leads_person;
DROP TRIGGER opportunity_funnel_changed ON leads_opportunity;
DROP TRIGGER opportunity_funnel_new ON leads_opportunity;
DROP TRIGGER stagechange_funnel ON leads_stagechange;
DROP TRIGGER inquiry_funnel_gone ON leads_inquiry;
DROP TRIGGER inquiry_funnel_changed ON leads_inquiry;
DROP TRIGGER inquiry_funnel_new ON leads_inquiry;
DROP FUNCTION winnow_funnel_import();
DROP FUNCTION winnow_funnel_standing();
DROP FUNCTION winnow_funnel_account();
DROP FUNCTION winnow_funnel_person();
DROP FUNCTION winnow_funnel_deals();
DROP FUNCTION winnow_funnel_stages();
DROP FUNCTION winnow_funnel_inquiries();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0003_indexes")]
    operations = [migrations.RunSQL(TOUCHES, BACK)]
