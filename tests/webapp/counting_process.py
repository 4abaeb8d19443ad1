"""A process that takes from an allowance when it is told to: ``python -m tests.webapp.counting_process DATABASE``."""

import sys

import django
from django.conf import settings

from config.accounts import CACHES

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": sys.argv[1],
            "OPTIONS": {"timeout": 60, "transaction_mode": "IMMEDIATE"},
        }
    },
    CACHES=CACHES,
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402 - after the settings

from webapp.accounts.allowances import Allowances, Rate  # noqa: E402

call_command("createcachetable", verbosity=0)
process = Allowances()
sys.stdout.write("ready\n")
sys.stdout.flush()
sys.stdin.readline()
moments = [60.0 * window for window in range(10) for _ in range(20)]
sys.stdout.write(str(sum(process.take("somebody", Rate(20, 60), now=moment) is None for moment in moments)))
