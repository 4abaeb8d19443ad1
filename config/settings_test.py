"""What tests must change, nothing else."""

import tempfile
from pathlib import Path

from config.settings import *  # noqa: F403

NODE_DATA_DIR = Path(tempfile.mkdtemp(prefix="mammonode-tests-"))
NODE_ARCHIVE_DIR = NODE_DATA_DIR / "archive"
NODE_LOG_DIR = NODE_DATA_DIR / "logs"
NODE_RUN_DIR = NODE_DATA_DIR / "run"
NODE_QUEUE_DIR = NODE_DATA_DIR / "queue"
NODE_DERIVED_DIR = NODE_DATA_DIR / "derived"
# the first upload of a test run also waits until the network is loaded
NODE_UPLOAD_SECONDS_LIMIT = 600
NODE_DISK_RESERVE_BYTES = 0
# a file, as in production: in memory, all threads of a server share one connection, and their transactions mix
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(NODE_DATA_DIR / "node.sqlite3"),
        "TEST": {"NAME": str(NODE_DATA_DIR / "test.sqlite3")},
        "OPTIONS": {
            "timeout": 60,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;",
        },
    }
}
CELERY_BROKER_URL = "memory://"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# what is tested elsewhere is not the throttle; tests/webapp/test_throttles.py lowers these again
for _name in ("api", "api-token", "api-address", "dicomweb", "dicomweb-token"):
    NODE_RATES[_name] = "1000000/minute"  # noqa: F405
# one process counts for itself; tests/webapp/accounts/test_lockout.py counts in rows
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
