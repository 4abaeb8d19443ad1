"""Every setting of the node. Defaults suit one machine with nothing installed and are safe in production.

All of them come from the environment, through ``config/env.py``.
"""

from datetime import timedelta
from pathlib import Path

import dj_database_url
import django_stubs_ext

from config import env, secret_key
from config.accounts import *  # noqa: F403 - a page of its own
from config.audit import *  # noqa: F403 - a page of its own
from config.dicom import *  # noqa: F403 - a page of its own
from config.limits import *  # noqa: F403 - a page of its own
from config.limits import NODE_BODY_BYTES_LIMIT, NODE_RATES
from config.operations import *  # noqa: F403 - a page of its own
from config.security import *  # noqa: F403 - a page of its own
from config.security import NODE_BEHIND_PROXY, NODE_IS_LOOPBACK

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where the node keeps what it must not lose
NODE_DATA_DIR = env.folder("NODE_DATA_DIR", BASE_DIR / "var")
NODE_ARCHIVE_DIR = NODE_DATA_DIR / "archive"
NODE_LOG_DIR = NODE_DATA_DIR / "logs"
NODE_RUN_DIR = NODE_DATA_DIR / "run"
NODE_DERIVED_DIR = NODE_DATA_DIR / "derived"
NODE_MODELS_DIR = env.folder("NODE_MODELS_DIR", BASE_DIR / "models")

# --- The DICOM side
NODE_AE_TITLE = env.text("NODE_AE_TITLE", "MAMMONODE")
NODE_DICOM_PORT = env.integer("NODE_DICOM_PORT", 11112, minimum=1, maximum=65535)
NODE_DESTINATIONS = env.words("NODE_DESTINATIONS")
NODE_ALLOWED_PEERS = env.words("NODE_ALLOWED_PEERS")
NODE_DISK_RESERVE_BYTES = env.integer("NODE_DISK_RESERVE_BYTES", 2 * 1024**3)
NODE_DRAIN_SECONDS = env.integer("NODE_DRAIN_SECONDS", 20)

# Loopback is open in the embedded default only: on any other address, or once a list is given, the list decides.
NODE_LOOPBACK_OPEN = NODE_IS_LOOPBACK and not NODE_ALLOWED_PEERS

# --- When a study counts as complete
NODE_STUDY_QUIET_SECONDS = env.number("NODE_STUDY_QUIET_SECONDS", 60.0)
NODE_COMPLETE_WHEN_EXPECTED_VIEWS = env.boolean("NODE_COMPLETE_WHEN_EXPECTED_VIEWS", True)

# --- Sending: back-off between tries of a destination that is down, in seconds
NODE_RETRY_FIRST_SECONDS = env.number("NODE_RETRY_FIRST_SECONDS", 5.0, minimum=0.1)
NODE_RETRY_LONGEST_SECONDS = env.number("NODE_RETRY_LONGEST_SECONDS", 900.0, minimum=0.1)
NODE_ANALYSIS_SECONDS_LIMIT = env.integer("NODE_ANALYSIS_SECONDS_LIMIT", 300, minimum=10)
NODE_ANALYSIS_ATTEMPTS_LIMIT = env.integer("NODE_ANALYSIS_ATTEMPTS_LIMIT", 10, minimum=1)
NODE_UNEXPECTED_ERRORS_LIMIT = env.integer("NODE_UNEXPECTED_ERRORS_LIMIT", 3, minimum=1)

# --- The language of pages in PDF: en or fr
NODE_REPORT_LANGUAGE = env.text("NODE_REPORT_LANGUAGE", "en")

# --- The other channels, none by default: where results go besides DICOM C-STORE, and what this node presents there
NODE_STOW_DESTINATIONS = env.words("NODE_STOW_DESTINATIONS")
NODE_STOW_TOKEN = env.secret("NODE_STOW_TOKEN")
NODE_FHIR_DESTINATIONS = env.words("NODE_FHIR_DESTINATIONS")
NODE_FHIR_TOKEN = env.secret("NODE_FHIR_TOKEN")
NODE_HL7_DESTINATIONS = env.words("NODE_HL7_DESTINATIONS")
NODE_IDENTIFIER_SYSTEM = env.text("NODE_IDENTIFIER_SYSTEM")
NODE_WEB_CA_FILE = env.text("NODE_WEB_CA_FILE")

# --- Priors: where earlier mammograms are fetched from (nowhere by default), and how much of them
NODE_PRIORS_FROM = env.text("NODE_PRIORS_FROM")
NODE_PRIORS_MOST = env.integer("NODE_PRIORS_MOST", 3, minimum=1, maximum=20)
NODE_PRIORS_YEARS = env.integer("NODE_PRIORS_YEARS", 10, minimum=1, maximum=100)
NODE_PRIORS_SECONDS = env.integer("NODE_PRIORS_SECONDS", 120, minimum=1, maximum=180)
NODE_PRIORS_ATTEMPTS_LIMIT = env.integer("NODE_PRIORS_ATTEMPTS_LIMIT", 5, minimum=1)

# --- Reading: whether readers see the AI's results before a first impression of their own, whether two read, whether
# the second is shown what the first said, and whether the list may be sorted by the AI's score
NODE_AI_AFTER_FIRST_IMPRESSION = env.boolean("NODE_AI_AFTER_FIRST_IMPRESSION", False)
NODE_SECOND_READING = env.boolean("NODE_SECOND_READING", False)
NODE_SECOND_READER_SEES_FIRST = env.boolean("NODE_SECOND_READER_SEES_FIRST", False)
NODE_SORT_BY_PRIORITY = env.boolean("NODE_SORT_BY_PRIORITY", True)

# --- Worklists (UPS-RS): whether this node keeps one, and where it takes work from (nowhere by default)
NODE_WORKLIST = env.boolean("NODE_WORKLIST", False)
NODE_WORKLIST_FROM = env.text("NODE_WORKLIST_FROM")
NODE_WORKLIST_TOKEN = env.secret("NODE_WORKLIST_TOKEN")

# --- Proof of delivery: how long to wait for the peer's word on the line, how long until it is asked again
NODE_COMMITMENT_WAIT_SECONDS = env.number("NODE_COMMITMENT_WAIT_SECONDS", 3.0)
NODE_COMMITMENT_TIMEOUT_SECONDS = env.number("NODE_COMMITMENT_TIMEOUT_SECONDS", 900.0, minimum=1.0)
NODE_COMMITMENT_ATTEMPTS_LIMIT = env.integer("NODE_COMMITMENT_ATTEMPTS_LIMIT", 10, minimum=1)
NODE_RESEND_LIMIT = env.integer("NODE_RESEND_LIMIT", 3, minimum=1)

# --- The web side: what it takes; how it defends itself stands in security.py
NODE_HTTP_PORT = env.integer("NODE_HTTP_PORT", 8000, minimum=1, maximum=65535)
NODE_UPLOAD_QUEUE_LIMIT = env.integer("NODE_UPLOAD_QUEUE_LIMIT", 16, minimum=1)
NODE_UPLOAD_SECONDS_LIMIT = env.integer("NODE_UPLOAD_SECONDS_LIMIT", 60, minimum=1)
NODE_OPEN_UPLOADS = env.boolean("NODE_OPEN_UPLOADS", False)
NODE_DECODE_PROCESSES = env.integer("NODE_DECODE_PROCESSES", 2, minimum=1)
NODE_DECODE_SECONDS_LIMIT = env.number("NODE_DECODE_SECONDS_LIMIT", 30.0, minimum=0.1)
NODE_DECODE_BYTES_LIMIT = env.integer("NODE_DECODE_BYTES_LIMIT", 2 * 1024**3, minimum=512 * 1024**2)
NODE_CHAT_CHARACTERS_LIMIT = env.integer("NODE_CHAT_CHARACTERS_LIMIT", 2000, minimum=100)
DEBUG = False
SECRET_KEY = secret_key.load_or_create(NODE_DATA_DIR)

# --- The application
INSTALLED_APPS = [
    "webapp.accounts.admin_config.NodeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "webapp.audit",
    # before allauth, whose pages it draws
    "webapp.accounts",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "webapp.studies",
    "webapp.diagnosis",
    "webapp.portal",
    "webapp.chatbot",
    "webapp.monitoring",
    "webapp.workitems",
    "webapp.trail",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    # before anything that reads a body
    "webapp.body_limits.BodyLimits",
    "webapp.nul_characters.NoNul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "webapp.accounts.session_clock.SessionClock",
    # below whatever decides who asks, above every view
    "webapp.audit.middleware.AuditTrail",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
# the portal, where it is built: its files are named by their content, so a browser may keep them for ever
NODE_PORTAL_DIR = BASE_DIR / "frontend" / "dist"
STATICFILES_DIRS = [("portal", NODE_PORTAL_DIR)] if NODE_PORTAL_DIR.is_dir() else []
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/portal/assets/.+-[\w-]{8}\.\w+$"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
DATA_UPLOAD_MAX_MEMORY_SIZE = NODE_BODY_BYTES_LIMIT
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024**2

# --- The database: the queue of record. SQLite waits for its lock and is durable at every commit.
DATABASES = {
    "default": dj_database_url.parse(
        env.secret("DATABASE_URL", f"sqlite:///{NODE_DATA_DIR / 'node.sqlite3'}"),
        conn_max_age=600,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 60,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }

# --- The API
KNOX_TOKEN_MODEL = "knox.AuthToken"
REST_KNOX = {"TOKEN_TTL": timedelta(days=365), "AUTH_HEADER_PREFIX": "Token"}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "webapp.accounts.authentication.ScopedToken",
        "webapp.accounts.authentication.FullSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "webapp.paging.Paging",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "webapp.problems.handle",
    "DEFAULT_SCHEMA_CLASS": "webapp.openapi.NodeSchema",
    "NUM_PROXIES": 1 if NODE_BEHIND_PROXY else 0,
    "DEFAULT_THROTTLE_CLASSES": [
        "webapp.accounts.throttling.AccountThrottle",
        "webapp.accounts.throttling.TokenThrottle",
        "webapp.accounts.throttling.AddressThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": NODE_RATES,
}

# --- The schema: OpenAPI 3.1, with Swagger UI from files of our own
SPECTACULAR_SETTINGS = {
    "TITLE": "Mammonode",
    "DESCRIPTION": (
        "A DICOM node for breast imaging. Research use only, not for diagnosis. "
        "Paths below /api/ without v1/, such as /api/diagnosis/, are stable aliases of /api/v1/."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    # one description for everybody: nothing in it depends on who asks
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # a validator elsewhere would be told of this node
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "StudyState": "webapp.studies.models.StudyState",
        "PriorState": "webapp.studies.prior_models.Prior.State",
        "ReadingProgress": "webapp.portal.serializers.READING_STATES",
        "ReviewKind": "webapp.studies.review_models.Review.Kind",
        "BlockType": "webapp.chatbot.openapi.BLOCK_TYPES",
        "OutcomeKind": "webapp.studies.review_models.OutcomeEntry.Kind",
    },
    "PREPROCESSING_HOOKS": ["webapp.openapi.drop_aliases"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "webapp.openapi.add_health",
    ],
}

# --- The queue: messages carry ids only; losing one costs a delay, never a study
CELERY_BROKER_URL = env.secret("CELERY_BROKER_URL", "filesystem://localhost//")
NODE_QUEUE_DIR = NODE_DATA_DIR / "queue"

# --- Logging: ids, never people
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.log_lines.LineFormatter",
            "format": "%(asctime)s %(levelname)s %(processName)s %(name)s: %(message)s",
        },
        # events are JSON already: one object a line
        "event": {"format": "%(message)s"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "event": {"class": "logging.StreamHandler", "formatter": "event"},
        "errors": {"class": "webapp.monitoring.error_handler.ErrorHandler", "level": "ERROR", "formatter": "line"},
    },
    "root": {"handlers": ["stderr", "errors"], "level": env.text("NODE_LOG_LEVEL", "INFO").upper()},
    "loggers": {
        "mammonode.events": {"handlers": ["event"], "level": "INFO", "propagate": False},
        # these two print data set contents and every PDU at lower levels: nothing of a patient may reach a log
        "pynetdicom": {"level": "WARNING"},
        "pydicom": {"level": "ERROR"},
        "highdicom": {"level": "WARNING"},
        # a line for every tick of the clock would bury the rest
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},
    },
}
LOGGING_CONFIG = "logging.config.dictConfig"
