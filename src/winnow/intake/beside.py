"""The second process of a long import: it takes in the second part of the file while the first process has the first.

It ends with whoever started it, however that happened; what it has committed stays, and the part is gone on with.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable
from multiprocessing.connection import wait

LOOK = 0.2
"""Seconds between two looks at how far it is."""


class Second:
    """The second process, where the import has a second part and others can see what was begun of it; else none.

    `through` says that it has taken in its part to the end.
    """

    def __init__(self, source, imported, by=None):
        from django.db import connection

        self._process, self.through = None, False
        may = not connection.in_atomic_block and not multiprocessing.current_process().daemon
        if len(imported.parts) > 1 and may:
            database = {name: connection.settings_dict[name] for name in _DATABASE}
            self._process = _process_of(imported.pk, str(source.path.resolve()), getattr(by, "pk", None), database)

    def __enter__(self):
        from django.db import connection

        if self._process:
            connection.close()  # a connection is one process's
            try:
                self._process.start()
            except OSError:  # no room for another: one does it all
                self._process = None
        return self

    def __exit__(self, *_):
        if self._process:
            self._process.kill()  # where it is not through
            self._process.join()

    def wait(self, progress: Callable) -> None:
        """Until it has ended, telling again and again how far it is."""
        while self._process and self._process.exitcode is None:
            self._process.join(LOOK)
            progress()
        self.through = self._process is not None and self._process.exitcode == 0


_DATABASE = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


def _process_of(*told) -> multiprocessing.Process:
    """Ready to be started: as a copy of this one, which has all that it needs; where other threads may hold locks that
    the copy would wait for, as a new one."""
    way = "fork" if threading.active_count() == 1 and "fork" in multiprocessing.get_all_start_methods() else "spawn"
    return multiprocessing.get_context(way).Process(target=_take_second, args=told, name="second part", daemon=True)


# -- in the second process --------------------------------------------------------------------------------------------
def _take_second(number: int, path: str, by: int | None, database: dict) -> None:
    """Take in the second part of import `number`; the exit code says whether it is in to the end."""
    os.setsid()  # Ctrl-C is for the first process, which then ends this one
    threading.Thread(target=_leave_with_the_first, name="lifeline", daemon=True).start()
    import django

    django.setup()
    from django.db import connection

    from winnow.intake.mapping import parse
    from winnow.intake.source import Source
    from winnow.intake.taking import Part, log, take_part
    from winnow.leads.imports import Import
    from winnow.leads.user import User

    connection.settings_dict.update(database)
    code = 1
    try:
        imported = Import.objects.get(pk=number)
        source = Source(path, imported.kind, parse(imported.mapping), campaign=imported.options["campaign"])
        take_part(source, imported, Part.of(imported, 1), by=User.objects.get(pk=by) if by else None)
        code = 0
    except Exception as trouble:
        log.warning("the second process of import %s ended; the first goes on alone: %s", number, trouble)
    os._exit(code)  # and nothing of what the first process would do at its end


def _leave_with_the_first() -> None:
    wait([multiprocessing.parent_process().sentinel])
    os._exit(1)
