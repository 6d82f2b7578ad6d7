"""Settings, read from the environment and from the home. docs/operating.md lists what may be set."""

import ipaddress
import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from winnow import home as homes
from winnow.leads.errors import Refusal

PACKAGE = Path(__file__).resolve().parent
HOME = homes.home_folder()


def flag(name):
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def words(name, default=""):
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def networks(name):
    """The networks of a setting such as `10.0.0.0/8, 127.0.0.1`."""
    try:
        return [ipaddress.ip_network(word, strict=False) for word in words(name)]
    except ValueError as error:
        raise Refusal(f"{name} lists networks such as 10.0.0.0/8, 127.0.0.1; {error}.", code="settings") from None


# Who we are on the web. Links in mails, allowed hosts and cookies follow from the public address.
PUBLIC_URL = os.environ.get("WINNOW_PUBLIC_URL", "").rstrip("/")
public = urlsplit(PUBLIC_URL)
DEBUG = False
SECRET_KEY = homes.secret_key(HOME)
ALLOWED_HOSTS = words("WINNOW_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
if public.hostname:
    ALLOWED_HOSTS.append(public.hostname)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if public.scheme else []

ROOT_URLCONF = "winnow.web.urls"
WSGI_APPLICATION = "winnow.web.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "winnow.leads",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "winnow.web.csp.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "winnow.web.for_people.Sessions",
    "django.middleware.common.CommonMiddleware",
    "winnow.web.for_people.Forgeries",
    "winnow.web.for_people.WhoIsThere",
    "winnow.web.for_people.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "winnow.web.session.time_zone_of_the_reader",
    "winnow.web.access.refusals",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "winnow.web.context.frame",
            ],
            "libraries": {
                file.stem: f"winnow.web.templatetags.{file.stem}"
                for file in sorted((PACKAGE / "web" / "templatetags").glob("[a-z]*.py"))
            },
        },
    }
]

# Files that the browser loads, found in the package itself: nothing has to be collected before a start.
STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "winnow.web.static_files.VersionedStaticFiles"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 31_536_000  # an address changes with its file's content


def database():
    """The database of $DATABASE_URL, else the embedded one of the home.

    Every thread keeps one connection.
    """
    if url := os.environ.get("DATABASE_URL"):
        parts = urlsplit(url)
        settings = {
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "NAME": unquote(parts.path.lstrip("/")),
            "OPTIONS": {name: values[-1] for name, values in parse_qs(parts.query).items()},
        }
        if socket := settings["OPTIONS"].pop("host", ""):  # postgresql:///name?host=/folder/of/the/socket
            settings["HOST"] = socket
    else:
        settings = {"HOST": str(homes.socket_folder(HOME)), "USER": "winnow", "NAME": "winnow", "OPTIONS": {}}
    settings["OPTIONS"].setdefault("connect_timeout", 10)
    return {"ENGINE": "winnow.ops.postgres", "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, **settings}


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "leads.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = public.scheme == "https"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = public.scheme == "https"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if public.scheme == "https" else 0
X_FRAME_OPTIONS = "DENY"
if flag("WINNOW_BEHIND_PROXY"):  # only then: anybody else could send these headers
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Networks of proxies that say in X-Forwarded-For where a visitor comes from; what anybody else says is not believed.
TRUSTED_PROXIES = networks("WINNOW_TRUSTED_PROXIES")
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_PERMISSIONS = 0o600

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"


def mail():
    """Django's mail settings from smtp://user:password@host:port?starttls=1 (smtps:// speaks TLS at once)."""
    url = os.environ.get("WINNOW_SMTP_URL", "")
    parts = urlsplit(url)
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend", "EMAIL_HOST": ""}
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise Refusal(
            "WINNOW_SMTP_URL must look like smtp://user:password@host:587?starttls=1.", code="settings"
        )
    tls = parts.scheme == "smtps"
    starttls = parse_qs(parts.query).get("starttls", ["0"])[-1] in {"1", "true", "yes"}
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if tls else 587 if starttls else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": tls,
        "EMAIL_USE_TLS": starttls and not tls,
        "EMAIL_TIMEOUT": 30,
    }


# Without a relay mail is written and kept in the outbox; nothing pretends that it went.
MAIL_CONFIGURED = bool(os.environ.get("WINNOW_SMTP_URL"))
globals().update(mail())
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("WINNOW_MAIL_FROM", "winnow@localhost")
# Answers go to our address with the mail's own token behind a +, where the mail server takes such addresses.
MAIL_PLUS = flag("WINNOW_MAIL_PLUS")
# One line under each marketing mail; many countries ask for it.
POSTAL_ADDRESS = os.environ.get("WINNOW_POSTAL_ADDRESS", "")

# Company look-ups: nothing is asked of the outside until a class is named, such as winnow.intake.website.Website.
LOOK_UP = words("WINNOW_LOOK_UP")
LOOK_UP_MAIL_DOMAINS = flag("WINNOW_LOOK_UP_MAIL_DOMAINS")
LOOK_UP_PER_MINUTE = int(os.environ.get("WINNOW_LOOK_UP_PER_MINUTE") or 20)

# How hard the proof of work of a form is; each bit more doubles it. More than 20 takes a telephone half a minute.
PROOF_BITS = min(max(int(os.environ.get("WINNOW_PROOF_BITS") or 15), 4), 24)

# Website tracking: whose pages may tell what is looked at (none named: any), and how long nobody's views are kept.
TRACKED_SITES = [site.lower().removeprefix("www.") for site in words("WINNOW_SITES")]
VIEWS_DAYS = int(os.environ.get("WINNOW_VIEWS_DAYS") or 90)

# Calls of the API and of a hook a minute, where the key has no limit of its own: high enough for any import, and an end
# to a program that runs wild.
API_PER_MINUTE = int(os.environ.get("WINNOW_API_PER_MINUTE") or 120_000)

# Where the operator keeps secrets as files, such as passwords of mailboxes; nothing outside of it is read as one.
SECRETS_FOLDER = os.environ.get("WINNOW_SECRETS_FOLDER") or "/run/secrets"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "level": "WARNING"},
        "file": {
            "class": "winnow.ops.logfile.LogFile",
            "folder": str(HOME / "logs"),
            "formatter": "line",
            "level": "INFO",
        },
    },
    "root": {"handlers": ["file", "stderr"], "level": "INFO"},
    "loggers": {
        "django": {"level": "INFO"},
        # A page that isn't there or a form that was refused is the visitor's affair, not the operator's.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"handlers": ["file"], "propagate": False},
    },
}
