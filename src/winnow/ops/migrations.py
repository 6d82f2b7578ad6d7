"""Brings the tables to this version, once, however many processes start at the same time."""

import io

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

LOCK = 0x57494E4E  # one advisory lock for all who migrate this database


def pending():
    """The migrations that this version has and the database hasn't, as (app, name)."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(migration.app_label, migration.name) for migration, _ in plan]


def unknown():
    """The migrations that the database has and this version hasn't: a newer version has been here."""
    loader = MigrationExecutor(connection).loader
    ours = {migration.app_label for migration in loader.disk_migrations.values()}
    return sorted(
        key for key in loader.applied_migrations if key not in loader.disk_migrations and key[0] in ours
    )


def bring_up_to_date():
    """Apply what is pending; whoever comes second waits and finds it done. Returns how many were applied."""
    if not pending():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            waiting = pending()
            if waiting:
                call_command("migrate", interactive=False, verbosity=0, stdout=io.StringIO())
            return len(waiting)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
