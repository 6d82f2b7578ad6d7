"""The log in the home: one file that several processes write, turned over when it has grown."""

import fcntl
import logging
import os
from pathlib import Path


class LogFile(logging.Handler):
    """Append lines to `winnow.log`; at 10 MB the file becomes `winnow.log.1`, and so on up to five.

    The standard rotating handler loses lines when two processes turn the file over at once, so this one
    opens the file for each line (appending is atomic) and turns it over under a lock. We write few lines.
    """

    limit_bytes = 10_000_000
    kept = 5

    def __init__(self, folder, name="winnow.log"):
        super().__init__()
        self.path = Path(folder) / name

    def emit(self, record):
        try:
            line = self.format(record).replace("\0", "\\0") + "\n"
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            handle = os.open(self.path, flags, 0o600)
            try:
                os.write(handle, line.encode("utf-8", "backslashreplace"))
                grown = os.fstat(handle).st_size > self.limit_bytes
            finally:
                os.close(handle)
            if grown:
                self.turn_over()
        except Exception:
            self.handleError(record)

    def turn_over(self):
        with open(self.path.with_name("turning.lock"), "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.path.stat().st_size <= self.limit_bytes:
                return  # another process was first
            for number in range(self.kept - 1, 0, -1):
                older = self.path.with_name(f"{self.path.name}.{number}")
                if older.exists():
                    older.replace(self.path.with_name(f"{self.path.name}.{number + 1}"))
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
