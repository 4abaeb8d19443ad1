"""How often one account, and one address without an account, may upload."""

from rest_framework.throttling import AnonRateThrottle, UserRateThrottle

from webapp.accounts.throttling import ByNetwork


class UploadThrottle(ByNetwork, UserRateThrottle):
    """Uploads of an account."""

    scope = "upload"


class OpenUploadThrottle(ByNetwork, AnonRateThrottle):
    """Uploads without an account."""

    scope = "open-upload"
