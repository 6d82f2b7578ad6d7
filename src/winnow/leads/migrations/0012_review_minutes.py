"""Minutes that can't be changed: when a review is closed, its lines, its promises and who was there stay as they are."""

from django.db import migrations, models

GUARDS = """
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
BACK = """
DROP TRIGGER review_minutes ON leads_review_present;
DROP TRIGGER review_minutes ON leads_promise;
DROP TRIGGER review_minutes ON leads_reviewline;
DROP TRIGGER review_minutes ON leads_review;
DROP FUNCTION winnow_closed_review();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0011_funnel_summary")]
    operations = [
        migrations.AddField(
            "promise", "made_at", models.DateTimeField(db_default=models.functions.Now()), preserve_default=False
        ),
        migrations.AddIndex(
            "promise",
            models.Index(
                models.F("due_at"), condition=models.Q(broken_at=None, kept_at=None), name="promise_due"
            ),
        ),
        migrations.AddConstraint(
            "promise",
            models.CheckConstraint(
                condition=models.Q(kept_at=None) | models.Q(broken_at=None), name="promise_kept_or_broken"
            ),
        ),
        migrations.RunSQL(GUARDS, BACK),
    ]
