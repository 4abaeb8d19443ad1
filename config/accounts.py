"""The settings of accounts: how one signs in, for how long, and where attempts are counted."""

from config import env

# --- A session ends after so long without a request of a person, and after so long altogether
NODE_IDLE_SECONDS = env.integer("NODE_IDLE_SECONDS", 15 * 60, minimum=60)
NODE_SESSION_SECONDS = env.integer("NODE_SESSION_SECONDS", 12 * 3600, minimum=60)
SESSION_COOKIE_AGE = NODE_SESSION_SECONDS

# --- What every process must count together (attempts to sign in, throttles): rows, shared by all of them
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_counts",
        "TIMEOUT": 3600,
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# --- How studies are read
NODE_AI_AFTER_FIRST_IMPRESSION = env.boolean("NODE_AI_AFTER_FIRST_IMPRESSION", False)
NODE_SECOND_READING = env.boolean("NODE_SECOND_READING", False)
NODE_SORT_BY_PRIORITY = env.boolean("NODE_SORT_BY_PRIORITY", False)
