"""Run the test suite, as CI runs it. Words that follow go to pytest.

winnow test                 all but the long proofs
winnow test --bars          those too
winnow test tests/leads -k handoff
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from winnow.leads.errors import Refusal

needs_database = False
passes_words_on = True
ROOT = Path(__file__).resolve().parents[4]


def configure(parser):
    """All words are pytest's, --bars included (tests/conftest.py)."""


def run(args):
    """Pytest's exit code, as 0 passed, 1 failed, 2 a wrong call."""
    if not (ROOT / "tests" / "conftest.py").is_file():
        raise Refusal(
            "The tests come with the source, not with the installed package; call it in a checkout."
        )
    if importlib.util.find_spec("pytest") is None:
        raise Refusal("The packages of requirements-dev.lock are missing; ./winnow test installs them.")
    if not (
        os.environ.get("WINNOW_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    ):
        print(
            "winnow: no Chromium, so stories in a browser are skipped (apt-get install chromium)",
            file=sys.stderr,
        )
    # Each worker has a database of its own; a file's tests stay together, for what they share.
    spread = [] if any(word.startswith("-n") for word in args.words) else ["-n", "2", "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *spread, *args.words]
    variables = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    code = subprocess.run(command, cwd=ROOT, env=variables).returncode
    return code if code in (0, 1, 2) else 1


# The tests have settings and a home of their own.
UNWANTED = {"WINNOW_HOME", "DJANGO_SETTINGS_MODULE", "WINNOW_SMTP_URL", "WINNOW_PUBLIC_URL"}
