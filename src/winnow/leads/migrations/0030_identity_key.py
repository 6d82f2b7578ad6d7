"""The person of an address or number is no longer looked for once for each row. See decision 0012."""

import django.db.models.deletion
from django.db import migrations, models

KEYS = """
CREATE FUNCTION winnow_identity_person_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM leads_person WHERE id = NEW.person_id) THEN
        RAISE foreign_key_violation USING MESSAGE =
            format('Row %s of leads_identity would get person_id %s, and there is no such person.', NEW.id,
                   NEW.person_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER identity_person_id_moved AFTER UPDATE OF person_id ON leads_identity FOR EACH ROW
    WHEN (NEW.person_id IS DISTINCT FROM OLD.person_id) EXECUTE FUNCTION winnow_identity_person_id();
CREATE OR REPLACE FUNCTION winnow_person_pointed_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM leads_cycle WHERE person_id = OLD.id)
       OR EXISTS (SELECT FROM leads_inquiry WHERE person_id = OLD.id)
       OR EXISTS (SELECT FROM leads_identity WHERE person_id = OLD.id) THEN
        RAISE foreign_key_violation USING MESSAGE = format('person %s is still pointed at.', OLD.id);
    END IF;
    RETURN OLD;
END $$;
"""
BEFORE = """
DROP TRIGGER identity_person_id_moved ON leads_identity;
DROP FUNCTION winnow_identity_person_id();
CREATE OR REPLACE FUNCTION winnow_person_pointed_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM leads_cycle WHERE person_id = OLD.id)
       OR EXISTS (SELECT FROM leads_inquiry WHERE person_id = OLD.id) THEN
        RAISE foreign_key_violation USING MESSAGE = format('person %s is still pointed at.', OLD.id);
    END IF;
    RETURN OLD;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0029_import_parts")]

    operations = [
        migrations.AlterField("identity", "person", models.ForeignKey(
            "leads.person", django.db.models.deletion.PROTECT, related_name="identities", db_constraint=False,
        )),
        migrations.RunSQL(KEYS, BEFORE),
    ]
