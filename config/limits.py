"""Settings that bound what one caller may ask for: how often, and how much at once."""

from config import env

# --- How often: an account by all its sessions and tokens, one token of it, an address without an account. What viewers
# fetch over DICOMweb counts apart. The rest is about single things, and counts beside these.
NODE_RATES = {
    "api": env.rate("NODE_API_RATE", "2400/minute"),
    "api-token": env.rate("NODE_API_TOKEN_RATE", "1200/minute"),
    "api-address": env.rate("NODE_API_ADDRESS_RATE", "300/minute"),
    "dicomweb": env.rate("NODE_DICOMWEB_RATE", "12000/minute"),
    "dicomweb-token": env.rate("NODE_DICOMWEB_TOKEN_RATE", "6000/minute"),
    "chat-open": env.rate("NODE_CHAT_OPEN_RATE", "30/hour"),
    "chat-message": env.rate("NODE_CHAT_MESSAGE_RATE", "60/minute"),
    "risk": env.rate("NODE_RISK_RATE", "60/minute"),
    "upload": env.rate("NODE_UPLOAD_RATE", "60/minute"),
    "open-upload": env.rate("NODE_OPEN_UPLOAD_RATE", "10/hour"),
}

# --- How much: an upload, objects sent to DICOMweb, and everything else; deploy/nginx/mammonode.conf agrees
NODE_UPLOAD_BYTES_LIMIT = env.integer("NODE_UPLOAD_BYTES_LIMIT", 128 * 1024**2, minimum=1024)
NODE_STOW_BYTES_LIMIT = env.integer("NODE_STOW_BYTES_LIMIT", 1024 * 1024**2, minimum=1024)
NODE_BODY_BYTES_LIMIT = env.integer("NODE_BODY_BYTES_LIMIT", 2 * 1024**2, minimum=64 * 1024)
