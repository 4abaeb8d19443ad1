"""How often an account, a token, and an address without an account may ask the API (ADR 0047)."""

import ipaddress
import math
from typing import TYPE_CHECKING, Any, Final

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from webapp.accounts.allowances import Rate, shared
from webapp.audit.addresses import client_address

if TYPE_CHECKING:
    # the framework's views load this module when they are loaded
    from rest_framework.views import APIView

_COUNTED: Final = "is_counted"
_SCOPE: Final = "api"
# who has one IPv6 address has all of its network
_NETWORK_BITS: Final = 64
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


class SharedThrottle(BaseThrottle):
    """A limit that all processes count together. A view names its scope as ``throttle_scope``; most are "api"."""

    kind = ""

    def __init__(self) -> None:
        self._wait: float | None = None

    def caller(self, request: Request) -> str | None:
        """Return whom to count; None where this limit is not about the request."""
        raise NotImplementedError

    def rate_name(self, view: "APIView") -> str:
        """Return the name of the rate in the settings."""
        return f"{getattr(view, 'throttle_scope', _SCOPE)}{self.kind}"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the request; refuse it beyond the limit."""
        setattr(request, _COUNTED, True)
        caller = self.caller(request)
        if caller is None:
            return True
        name = self.rate_name(view)
        self._wait = shared.take(f"{name}:{caller}", _rate(name))
        return self._wait is None

    def wait(self) -> float | None:
        """Return how long the caller has to wait."""
        return None if self._wait is None else float(math.ceil(self._wait))


class AccountThrottle(SharedThrottle):
    """All that an account asks for, by its sessions and its tokens."""

    def caller(self, request: Request) -> str | None:
        """Return the account."""
        return f"account-{request.user.pk}" if request.user.is_authenticated else None


class TokenThrottle(SharedThrottle):
    """What one token asks for, so that one script does not use up its account."""

    kind = "-token"

    def caller(self, request: Request) -> str | None:
        """Return the token; its digest names it, and opens nothing."""
        return f"token-{str(request.auth.pk)[:32]}" if request.auth is not None else None


class AddressThrottle(SharedThrottle):
    """What comes from an address without an account, or with a token that is none."""

    def rate_name(self, view: "APIView") -> str:
        """Return the one rate of addresses."""
        return f"{_SCOPE}-address"

    def caller(self, request: Request) -> str | None:
        """Return the address."""
        return None if request.user.is_authenticated else f"address-{address_of(request)}"


API_THROTTLES: Final[list[type[SharedThrottle]]] = [AccountThrottle, TokenThrottle, AddressThrottle]


def wait_of_refused(request: Any, view: Any) -> float | None:
    """Count a request that was refused before its view's limits saw it; return how long to wait beyond them."""
    if not isinstance(request, Request) or getattr(request, _COUNTED, False):
        return None
    for throttle in [kind() for kind in API_THROTTLES]:
        if not throttle.allow_request(request, view):
            return throttle.wait()
    return None


def address_of(request: Request) -> str:
    """Return where a request comes from: one address, or the network of an IPv6 address."""
    found = client_address(request)
    try:
        address = ipaddress.ip_address(found)
    except ValueError:
        return "unknown"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, _NETWORK_BITS), strict=False).network_address)


def _rate(name: str) -> Rate:
    requests, period = str(api_settings.DEFAULT_THROTTLE_RATES[name]).split("/")
    return Rate(int(requests), _SECONDS[period])
