"""Four keys that every imported row has are checked once for a statement, not once for a row. See decision 0012."""

import django.db.models.deletion
from django.db import migrations, models

KEYS = {
    "person": (("account_id", "account"),),
    "cycle": (("person_id", "person"),),
    "inquiry": (("person_id", "person"), ("definition_id", "definition")),
}

# Asked for each value by itself: a plan that reads the whole table once is a bad one for a single new row.
LOST = """
    SELECT f.{column} INTO lost FROM (SELECT DISTINCT {column} FROM fresh WHERE {column} IS NOT NULL) f
    WHERE (SELECT true FROM leads_{noun} t WHERE t.id = f.{column}) IS NULL LIMIT 1;
    IF FOUND THEN
        RAISE foreign_key_violation USING MESSAGE =
            format('A row of leads_{table} has {column} %s, and there is no such {noun}.', lost);
    END IF;
"""
CHECKED = """
CREATE FUNCTION winnow_keys_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lost bigint;
BEGIN {lost} RETURN NULL; END $$;
CREATE TRIGGER {table}_keys AFTER INSERT ON leads_{table} REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION winnow_keys_of_{table}();
"""
MOVED = """
CREATE FUNCTION winnow_{table}_{column}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM leads_{noun} WHERE id = NEW.{column}) THEN
        RAISE foreign_key_violation USING MESSAGE =
            format('Row %s of leads_{table} would get {column} %s, and there is no such {noun}.', NEW.id, NEW.{column});
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_{column}_moved AFTER UPDATE OF {column} ON leads_{table} FOR EACH ROW
    WHEN (NEW.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column})
    EXECUTE FUNCTION winnow_{table}_{column}();
"""
GONE = """
CREATE FUNCTION winnow_{noun}_pointed_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {held} THEN
        RAISE foreign_key_violation USING MESSAGE = format('{noun} %s is still pointed at.', OLD.id);
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER {noun}_pointed_at BEFORE DELETE ON leads_{noun} FOR EACH ROW
    EXECUTE FUNCTION winnow_{noun}_pointed_at();
"""


def statements():
    """The triggers, and what takes them away again."""
    made, gone = [], []
    for table, keys in KEYS.items():
        lost = "".join(LOST.format(table=table, column=column, noun=noun) for column, noun in keys)
        made.append(CHECKED.format(table=table, lost=lost))
        gone.append(f"DROP TRIGGER {table}_keys ON leads_{table}; DROP FUNCTION winnow_keys_of_{table}();")
        for column, noun in keys:
            made.append(MOVED.format(table=table, column=column, noun=noun))
            gone.append(f"DROP TRIGGER {table}_{column}_moved ON leads_{table}; "
                        f"DROP FUNCTION winnow_{table}_{column}();")
    for noun in ("account", "person", "definition"):
        held = " OR ".join(
            f"EXISTS (SELECT FROM leads_{table} WHERE {column} = OLD.id)"
            for table, keys in KEYS.items() for column, to in keys if to == noun
        )
        made.append(GONE.format(noun=noun, held=held))
        gone.append(f"DROP TRIGGER {noun}_pointed_at ON leads_{noun}; DROP FUNCTION winnow_{noun}_pointed_at();")
    return "".join(made), "".join(gone)


def key(to, **more):
    return models.ForeignKey(to, django.db.models.deletion.PROTECT, db_constraint=False, **more)


class Migration(migrations.Migration):
    dependencies = [("leads", "0020_axes_and_sortings")]

    operations = [
        migrations.AlterField("person", "account", key("leads.account", related_name="people")),
        migrations.AlterField("cycle", "person", key("leads.person", related_name="cycles")),
        migrations.AlterField("inquiry", "person", key("leads.person", related_name="inquiries")),
        migrations.AlterField("inquiry", "definition", key("leads.definition", null=True, db_index=False)),
        migrations.RunSQL(*statements()),
    ]
