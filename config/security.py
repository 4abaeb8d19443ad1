"""Settings of the web side's defences: HTTPS, cookies, what a browser may do with our pages, other origins."""

from urllib.parse import urlsplit

from corsheaders.defaults import default_headers
from csp.constants import NONCE, NONE, SELF

from config import env
from config.accounts import NODE_OIDC_ISSUER

NODE_BIND = env.text("NODE_BIND", "127.0.0.1")
NODE_IS_LOOPBACK = NODE_BIND in {"127.0.0.1", "::1", "localhost"}

# --- HTTPS everywhere but on the machine itself
NODE_HTTPS = env.boolean("NODE_HTTPS", not NODE_IS_LOOPBACK)
NODE_BEHIND_PROXY = env.boolean("NODE_BEHIND_PROXY", False)
# whose word on the client's address counts (X-Forwarded-For); by default a proxy on this machine, where there is one
NODE_TRUSTED_PROXIES = env.words("NODE_TRUSTED_PROXIES", "127.0.0.1,::1" if NODE_BEHIND_PROXY else "")
ALLOWED_HOSTS = list(env.words("NODE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"))
SECURE_SSL_REDIRECT = NODE_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = env.integer("NODE_HSTS_SECONDS", 31_536_000) if NODE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = NODE_HTTPS
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if NODE_BEHIND_PROXY else 0
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if NODE_HTTPS else "http"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not NODE_HTTPS
if NODE_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Cookies. A page's own script reads the CSRF cookie to send it back; the session's no script reads.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = NODE_HTTPS
SESSION_COOKIE_HTTPONLY = True
# a browser that comes back from an identity provider must bring its session along
SESSION_COOKIE_SAMESITE = "Lax" if NODE_OIDC_ISSUER else "Strict"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_TRUSTED_ORIGINS = list(env.words("NODE_CSRF_ORIGINS"))

# --- What a browser may do with our pages. No inline script or style without the page's nonce.
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
_IDENTITY_PROVIDER = ["{0.scheme}://{0.netloc}".format(urlsplit(NODE_OIDC_ISSUER))] if NODE_OIDC_ISSUER else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # the viewer's decoders are WebAssembly in workers
        "script-src": [SELF, "'wasm-unsafe-eval'"],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        # signing in at an identity provider begins with a form of ours that leads there
        "form-action": [SELF, *_IDENTITY_PROVIDER],
        "frame-ancestors": [NONE],
    }
}
_OFF = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "display-capture"),
    *("encrypted-media", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts"),
    *("magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "serial"),
    *("sync-xhr", "usb", "xr-spatial-tracking"),
)
# the viewer fills the screen, texts are copied, passkeys sign in
_OURS = ("clipboard-write", "fullscreen", "publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS_POLICY: dict[str, str | list[str]] = {**{name: [] for name in _OFF}, **{name: "self" for name in _OURS}}

# --- Other origins: none, unless they are named
CORS_ALLOWED_ORIGINS = list(env.words("NODE_CORS_ORIGINS"))
CORS_ALLOW_HEADERS = (*default_headers, "idempotency-key", "if-none-match", "range", "x-chat-token")
CORS_EXPOSE_HEADERS = ("accept-ranges", "content-range", "etag", "warning")
