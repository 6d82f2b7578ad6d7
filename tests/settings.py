"""The product's settings for a run of the tests: a home of its own, quick passwords, mail kept in memory.

The home is made here, before Django reads any setting; tests/conftest.py starts its database and removes it
all.
"""

import atexit
import os
import shutil
import tempfile

TEST_HOME = tempfile.mkdtemp(prefix="winnow-tests-")
os.chmod(TEST_HOME, 0o711)  # as root, the database's own user must get through
os.environ["WINNOW_HOME"] = TEST_HOME
atexit.register(shutil.rmtree, TEST_HOME, ignore_errors=True)
os.environ.pop("WINNOW_SMTP_URL", None)

from winnow.settings import *  # noqa: E402, F403
from winnow.settings import DATABASES, LOGGING  # noqa: E402

if not os.environ.get("DATABASE_URL"):
    DATABASES["default"]["TEST"] = {"TEMPLATE": "winnow"}  # which has all tables: see tests/conftest.py
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LOGGING["root"]["handlers"] = ["file"]
