"""The folder that holds all data of one instance, and what lies where in it.

Standard library alone: settings, database supervisor and tests ask here before anything else is loaded.
"""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path

SOCKET_NAME = ".s.PGSQL.5432"
# The system's field holds 108 bytes with its closing NUL on Linux, 104 elsewhere; one limit is simpler.
SOCKET_PATH_LIMIT_BYTES = 103


def home_folder(given=None):
    """The home's absolute path: as given, else $WINNOW_HOME, else .winnow where the command was called."""
    return Path(given or os.environ.get("WINNOW_HOME") or ".winnow").expanduser().absolute()


def make_home(home):
    """Create the home for its owner alone.

    As root the database runs under another user, who must be able to pass through (not to list) the folder.
    """
    mode = 0o711 if os.geteuid() == 0 else 0o700
    if not home.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(mode)
    elif os.geteuid() == 0 and not home.stat().st_mode & 0o001:
        home.chmod(home.stat().st_mode | 0o011)
    return home


def database_folder(home):
    """Where the embedded database keeps its data, socket and log: `database`, or what that link points to."""
    return (home / "database").resolve()


def socket_folder(home):
    """The folder of the database's socket: beside the data, or a short one when that path is too long."""
    beside = database_folder(home) / "socket"
    if len(os.fsencode(beside / SOCKET_NAME)) <= SOCKET_PATH_LIMIT_BYTES:
        return beside
    # Not tempfile.gettempdir(): it follows $TMPDIR, and a command called with another one would miss the
    # server.
    return Path("/tmp") / f"winnow-{hashlib.sha256(os.fsencode(beside)).hexdigest()[:20]}"


def secret_key(home):
    """The instance's secret: $WINNOW_SECRET_KEY, else the home's, made on first use for its owner alone."""
    if given := os.environ.get("WINNOW_SECRET_KEY"):
        return given
    kept = home / "secret-key"
    if not kept.exists():
        make_home(home)
        # Written aside and linked into place: two processes that start at once read the same whole key.
        handle, aside = tempfile.mkstemp(dir=home, prefix="secret-key-")
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(64))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, kept)
        except FileExistsError:
            pass
        finally:
            os.unlink(aside)
    return kept.read_text().strip()
