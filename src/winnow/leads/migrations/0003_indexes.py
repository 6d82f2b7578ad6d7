"""Indexes for finding people and accounts and for the kinds of fact that are asked for by what they point to."""

from django.db import migrations

INDEXES = """
CREATE INDEX person_last_name ON leads_person (lower(last_name) text_pattern_ops);
CREATE INDEX person_first_name ON leads_person (lower(first_name) text_pattern_ops);
CREATE INDEX account_name_parts ON leads_account USING gin (lower(name) gin_trgm_ops);

CREATE INDEX fact_structural ON leads_fact (other_id)
  WHERE kind IN ('moved_account', 'merged', 'unmerged', 'withdrawn');
CREATE INDEX fact_opportunity ON leads_fact (other_id) WHERE kind IN ('opportunity_moved', 'won', 'lost');
CREATE INDEX fact_xact ON leads_fact USING brin (xact);

-- When this database was brought back from a backup: mail that was due before may have gone out since.
CREATE INDEX audit_restored ON leads_auditentry (at) WHERE verb = 'restored';
"""

BACK = """
DROP INDEX audit_restored;
DROP INDEX fact_xact;
DROP INDEX fact_opportunity;
DROP INDEX fact_structural;
DROP INDEX account_name_parts;
DROP INDEX person_first_name;
DROP INDEX person_last_name;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0002_guards")]
    operations = [migrations.RunSQL(INDEXES, BACK)]
