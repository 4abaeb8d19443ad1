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

# --- Passwords: argon2; older hashes are understood, and written anew at the next sign-in
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- Signing in: by user name; nobody signs up, accounts are made by administrators
AUTHENTICATION_BACKENDS = ["webapp.accounts.backends.RoleBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_ADAPTER = "webapp.accounts.sign_in.AccountAdapter"
HEADLESS_CLIENTS = ("browser",)

# --- Lock-out: so many wrong passwords or codes of one account, or a minute from one address
NODE_LOCKOUT_FAILURES = env.integer("NODE_LOCKOUT_FAILURES", 5, minimum=1)
NODE_LOCKOUT_SECONDS = env.integer("NODE_LOCKOUT_SECONDS", 300, minimum=1)
NODE_LOCKOUT_ADDRESS_FAILURES = env.integer("NODE_LOCKOUT_ADDRESS_FAILURES", 20, minimum=1)
ACCOUNT_RATE_LIMITS = {
    "login": f"{3 * NODE_LOCKOUT_ADDRESS_FAILURES}/m/ip",
    "login_failed": f"{NODE_LOCKOUT_ADDRESS_FAILURES}/m/ip,{NODE_LOCKOUT_FAILURES}/{NODE_LOCKOUT_SECONDS}s/key",
}

# --- The second factor: off, optional or compulsory
NODE_SECOND_FACTOR = env.text("NODE_SECOND_FACTOR", "optional").lower()
MFA_ADAPTER = "webapp.accounts.sign_in.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = [] if NODE_SECOND_FACTOR == "off" else ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = NODE_SECOND_FACTOR != "off"
MFA_TOTP_ISSUER = "Mammonode"

# --- OpenID Connect: sign-in at the hospital's own identity provider
NODE_OIDC_ISSUER = env.text("NODE_OIDC_ISSUER")
NODE_OIDC_CLIENT_ID = env.text("NODE_OIDC_CLIENT_ID")
NODE_OIDC_CLIENT_SECRET = env.secret("NODE_OIDC_CLIENT_SECRET")
NODE_OIDC_NAME = env.text("NODE_OIDC_NAME", "OpenID Connect")
NODE_OIDC_ROLES_CLAIM = env.text("NODE_OIDC_ROLES_CLAIM")
NODE_OIDC_ROLES = env.words("NODE_OIDC_ROLES")
SOCIALACCOUNT_ADAPTER = "webapp.accounts.single_sign_on.SocialAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": NODE_OIDC_NAME,
                "client_id": NODE_OIDC_CLIENT_ID,
                "secret": NODE_OIDC_CLIENT_SECRET,
                "settings": {"server_url": NODE_OIDC_ISSUER},
            }
        ]
        if NODE_OIDC_ISSUER
        else [],
    }
}
