"""How often one account, and one address without an account, may upload."""

from rest_framework.throttling import AnonRateThrottle, UserRateThrottle


class UploadThrottle(UserRateThrottle):
    """Uploads of an account."""

    scope = "upload"


class OpenUploadThrottle(AnonRateThrottle):
    """Uploads without an account."""

    scope = "open-upload"
