"""Settings of the operations side: watching, alerting, the canary, housekeeping."""

from config import env

# --- Signs of life and evaluation of the alert rules, in seconds
NODE_HEARTBEAT_SECONDS = env.number("NODE_HEARTBEAT_SECONDS", 10.0, minimum=0.2)
NODE_WATCH_SECONDS = env.number("NODE_WATCH_SECONDS", 15.0, minimum=0.2)
NODE_BROKER_WAIT_SECONDS = env.number("NODE_BROKER_WAIT_SECONDS", 3.0, minimum=0.1)

# --- /metrics: by token, or from these networks; with neither, from the machine itself
NODE_METRICS_TOKEN = env.secret("NODE_METRICS_TOKEN")
NODE_METRICS_ADDRESSES = env.words("NODE_METRICS_ADDRESSES", "127.0.0.1,::1")

# --- Alerts
NODE_ALERT_EMAILS = env.words("NODE_ALERT_EMAILS")
NODE_ALERT_WEBHOOKS = env.secret_words("NODE_ALERT_WEBHOOKS")
NODE_ALERT_FROM = env.text("NODE_ALERT_FROM", "mammonode@localhost")
NODE_ALERT_RETRY_SECONDS = env.number("NODE_ALERT_RETRY_SECONDS", 30.0, minimum=0.1)
NODE_ALERT_ATTEMPTS_LIMIT = env.integer("NODE_ALERT_ATTEMPTS_LIMIT", 100, minimum=1)
NODE_SITE_NAME = env.text("NODE_SITE_NAME", "Mammonode")
EMAIL_HOST = env.text("NODE_SMTP_HOST", "localhost")
EMAIL_PORT = env.integer("NODE_SMTP_PORT", 25, minimum=1, maximum=65535)
EMAIL_HOST_USER = env.text("NODE_SMTP_USER")
EMAIL_HOST_PASSWORD = env.secret("NODE_SMTP_PASSWORD")
EMAIL_USE_TLS = env.boolean("NODE_SMTP_STARTTLS", False)
EMAIL_TIMEOUT = 10
NODE_TLS_CERTIFICATES = env.words("NODE_TLS_CERTIFICATES")

# --- Error tracking
NODE_SENTRY_DSN = env.secret("NODE_SENTRY_DSN")

# --- The canary: every so many seconds (0: on demand alone), and how long it may take
NODE_CANARY_EVERY_SECONDS = env.number("NODE_CANARY_EVERY_SECONDS", 3600.0)
NODE_CANARY_LIMIT_SECONDS = env.number("NODE_CANARY_LIMIT_SECONDS", 180.0, minimum=1.0)
NODE_CANARY_TOLERANCE = env.number("NODE_CANARY_TOLERANCE", 0.01)
# "loopback": a receiver of its own; or the AE title of a destination, which then keeps the canary's reports
NODE_CANARY_DESTINATION = env.text("NODE_CANARY_DESTINATION", "loopback")

# --- Drift: how many studies are compared, and with how many
NODE_DRIFT_RECENT = env.integer("NODE_DRIFT_RECENT", 200, minimum=20)
NODE_DRIFT_REFERENCE = env.integer("NODE_DRIFT_REFERENCE", 1000, minimum=50)

# --- Retention: 0 days keeps everything. The watermark may shorten the age down to the least one.
NODE_RETENTION_DAYS = env.number("NODE_RETENTION_DAYS", 0.0)
NODE_RETENTION_LEAST_DAYS = env.number("NODE_RETENTION_LEAST_DAYS", 7.0)
NODE_RETENTION_FREE_BYTES = env.integer("NODE_RETENTION_FREE_BYTES", 0)
NODE_RETENTION_NEEDS_COMMITMENT = env.boolean("NODE_RETENTION_NEEDS_COMMITMENT", False)
NODE_ERROR_EVENTS_DAYS = env.number("NODE_ERROR_EVENTS_DAYS", 90.0, minimum=1.0)
