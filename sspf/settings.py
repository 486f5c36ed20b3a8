"""Settings: one file for every environment; `sspf.env` reads the variables, nothing secret has a default."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from celery.schedules import crontab

from sspf import env

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = env.choice("SSPF_ENV", ("demo", "test", "production"))
DEMO = ENVIRONMENT == "demo"
PRODUCTION = ENVIRONMENT == "production"

SECRET_KEY = env.text("SSPF_SECRET_KEY")
# The sequencer's role opens no seal, so its processes (sequencer, courier) are not given what opens them.
SSPF_MASTER_KEY = None if env.role() == "sequencer" else env.key("SSPF_MASTER_KEY", length=32)
SSPF_MASTER_KEY_PREVIOUS = env.optional_key("SSPF_MASTER_KEY_PREVIOUS", length=32)
SSPF_KEY_SERVICES = env.text("SSPF_KEY_SERVICES", "")
SSPF_AUDIT_PUBLIC_KEY = env.key("SSPF_AUDIT_PUBLIC_KEY", length=32)
SSPF_AUDIT_KEY = env.optional_key("SSPF_AUDIT_KEY", length=32)
SSPF_CHECKPOINT_DIR = Path(env.text("SSPF_CHECKPOINT_DIR"))
SSPF_WITNESSES = env.text("SSPF_WITNESSES", "")
BASE_URL = env.text("SSPF_BASE_URL")
MAILBOX_DIR = BASE_DIR / ".local" / "mailbox"

DEBUG = False
ALLOWED_HOSTS = env.words("SSPF_HOSTS")
ROOT_URLCONF = "sspf.urls"
WSGI_APPLICATION = "sspf.wsgi.application"
APPEND_SLASH = False

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crypto",
    "audit",
    "access",
    "reminders",
    "cases",
    "safety",
    "sspf",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "access.headers.PrivateHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "access.typed.SeenText",
    "access.session_guard.SessionGuard",
    "access.request_transaction.RequestTransaction",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "access.context.frame",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.database()}
DATABASE_ROLE = env.text("SSPF_DATABASE_ROLE")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "sspf.no_runner.UsePytest"

CACHES = {
    # Login throttling lives in the database: signing in must not depend on Redis.
    "default": {"BACKEND": "access.throttle.ThrottleCache"}
}

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "access.allauth_adapter.AccountAdapter"
MFA_ADAPTER = "access.allauth_adapter.MfaAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
# Made by the worker, which may write to no account: allauth's own would.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105  a class, no password
# An invitation is a way in for as long as it lasts. Seconds.
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
# Throttling by address must see the person behind the proxy, not the proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if PRODUCTION else 0
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "SSPF"
MFA_FORMS = {"activate_totp": "access.second_factor_form.ActivateForm"}

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-sspf" if PRODUCTION else "sspf"
# Longer than ABSOLUTE_END: what is typed in a session that has ended must find its owner.
SESSION_COOKIE_AGE = int(timedelta(hours=24).total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
IDLE_LOCK = timedelta(minutes=15)
ABSOLUTE_END = timedelta(hours=9)

# Demo and tests are served on loopback without TLS; production always has the proxy in front.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_NAME = "__Host-sspf-csrf" if PRODUCTION else "sspf-csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "access.views.refused.csrf_failed"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz(/evidence|/reminders)?$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 63_072_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
# same-origin, not no-referrer: Django's CSRF check on HTTPS needs the Referer.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "require-trusted-types-for": ["'script'"],
    }
}
ATTACHMENT_MAX_BYTES = 10_000_000
ATTACHMENT_MAX_PAGES = 200
# A picture of 50 megapixels is read and made anew in less than two seconds.
ATTACHMENT_MAX_PIXELS = 50_000_000
SCANNER = env.text("SSPF_SCANNER", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# The whole request, so the other fields have room beside a file of the greatest size.
FILE_UPLOAD_MAX_MEMORY_SIZE = ATTACHMENT_MAX_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE
# Nothing that is uploaded touches the disk; what is larger is read past and not kept.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", "Svenska"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "sspf-language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "Europe/Stockholm"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION
STORAGES = {
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
}

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = env.host_and_port("SSPF_SMTP_URL")
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.text("SSPF_MAIL_FROM")
SMS_URL = env.outgoing("SSPF_SMS_URL")
SMS_TOKEN = env.text("SSPF_SMS_TOKEN", None if SMS_URL else "")
SMS_SENDER = env.text("SSPF_SMS_SENDER", "SSPF")

CELERY_BROKER_URL = env.text("SSPF_REDIS_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# kombu restores messages of a killed worker only after visibility_timeout; throttle 1 keeps that from growing tenfold.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "unacked_restore_throttle": 1}
# The shortest of these, of any program on the broker, is the one that holds.
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": 600}
CELERY_VISIBILITY_TIMEOUT = 600
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
# Each with workers of its own: what is long or much never stands before what is due.
CELERY_TASK_QUEUES = {name: {"routing_key": name} for name in ("critical", "default", "bulk")}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ROUTES = {
    "reminders.tick": {"queue": "critical"},
    "cases.end_consents": {"queue": "critical"},
    "cases.destroy_forgotten": {"queue": "bulk"},
    "access.log_review_month": {"queue": "bulk"},
    "reminders.recount": {"queue": "bulk"},
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "reminders-tick": {"task": "reminders.tick", "schedule": 15.0, "options": {"expires": 15}},
    **{
        f"canary-{queue}": {
            "task": "reminders.canary",
            "schedule": 30.0,
            "args": [queue],
            "options": {"queue": queue, "expires": 30},
        }
        for queue in CELERY_TASK_QUEUES
    },
    "reminders-reconcile": {
        "task": "reminders.reconcile",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    # After the night in which the clock is changed, and before anybody's day begins.
    "reminders-recount": {"task": "reminders.recount", "schedule": crontab(hour="4", minute="40")},
    "forgotten-drafts": {
        "task": "cases.destroy_forgotten",
        "schedule": crontab(hour="3", minute="10"),
    },
    "without-owner": {
        "task": "cases.find_ownerless",
        "schedule": crontab(hour="0,6,12", minute="20"),
    },
    # The effect of a consent that is over is there at midnight; this writes it down.
    "ended-consents": {
        "task": "cases.end_consents",
        "schedule": crontab(hour="0", minute="1"),
    },
    "ended-consents-again": {
        "task": "cases.end_consents",
        "schedule": crontab(minute="31"),
    },
    "log-review-month": {
        "task": "access.log_review_month",
        "schedule": crontab(hour="6", minute="30"),
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"anonymous": {"()": "sspf.logs.Anonymous"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["anonymous"],
            "formatter": "line",
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.db.backends": {"level": "WARNING"},
    },
}
DEFAULT_EXCEPTION_REPORTER = "sspf.logs.SilentReporter"
