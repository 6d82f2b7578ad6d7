"""The second process of a long import: it takes in the second part of the file while the first process has the first.

It ends with whoever started it, however that happened; what it has committed stays, and the part is gone on with.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from django.db import connection

from winnow.intake.mapping import parse
from winnow.intake.source import Source
from winnow.intake.taking import Part, log, take_part
from winnow.leads.imports import Import
from winnow.leads.user import User

LOOK = 0.2
"""Seconds between two looks at how far it is."""
_BEGIN = "import django, sys; django.setup(); from winnow.intake.beside import main; sys.exit(main())"


class Second:
    """The second process, where the import has a second part and others can see what was begun of it; else none.

    `through` says that it has taken in its part to the end.
    """

    def __init__(self, source: Source, imported: Import, by=None):
        self._process, self.through = None, False
        if len(imported.parts) > 1 and not connection.in_atomic_block:
            self._told = {
                "import": imported.pk, "path": str(source.path.resolve()), "by": getattr(by, "pk", None),
                "database": {name: connection.settings_dict[name] for name in _DATABASE},
            }
            self._process = _started()

    def __enter__(self):
        if self._process:
            with contextlib.suppress(BrokenPipeError):  # it has ended already
                self._process.stdin.write(json.dumps(self._told).encode() + b"\n")
                self._process.stdin.flush()
        return self

    def __exit__(self, *_):
        if self._process:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()  # by which it ends, where it is not through
            self._process.wait()

    def wait(self, progress: Callable) -> None:
        """Until it has ended, telling in between how far it is."""
        while self._process:
            try:
                self.through = self._process.wait(LOOK) == 0
                return
            except subprocess.TimeoutExpired:
                progress()


_DATABASE = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


def _started() -> subprocess.Popen | None:
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        return subprocess.Popen(
            [sys.executable, "-c", _BEGIN], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=surroundings,
            start_new_session=True,  # Ctrl-C is for the first process, which then ends this one
        )
    except OSError:  # no room for another: one does it all
        return None


# -- in the second process --------------------------------------------------------------------------------------------
def main() -> int:
    """Take in the second part of the import that standard input names; 0 when it is in to the end."""
    told = json.loads(sys.stdin.readline())
    threading.Thread(target=_leave_with_the_first, name="lifeline", daemon=True).start()
    connection.settings_dict.update(told["database"])
    try:
        imported = Import.objects.get(pk=told["import"])
        source = Source(
            Path(told["path"]), imported.kind, parse(imported.mapping), campaign=imported.options["campaign"]
        )
        by = User.objects.get(pk=told["by"]) if told["by"] else None
        take_part(source, imported, Part.of(imported, 1), by=by)
    except Exception as trouble:
        log.warning("the second process of import %s ended; the first goes on alone: %s", told["import"], trouble)
        return 1
    return 0


def _leave_with_the_first() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(1)
