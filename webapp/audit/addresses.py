"""From which address somebody asks. What a client writes into a header counts for nothing."""

import ipaddress
from collections.abc import Sequence
from typing import Any, Final, Protocol

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HEADER: Final = "HTTP_X_FORWARDED_FOR"


class Asked(Protocol):
    """What is needed of a request: Django's and the framework's have it."""

    META: Any


def client_address(request: Asked) -> str:
    """Return the address of whoever asks: the peer's, or the one that a trusted proxy wrote down for it.

    Proxies that trust each other each add an address at the end of ``X-Forwarded-For``: the last one that is not a
    trusted proxy's own is the client's. Where the header is missing or no address stands there, the peer's holds.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    networks = trusted_proxies(settings.NODE_TRUSTED_PROXIES)
    found = parsed(peer)
    if found is None or not _is_in(found, networks):
        return peer if found is None else str(found)
    for word in reversed(str(request.META.get(_HEADER, "")).split(",")):
        before = parsed(word)
        if before is None:
            break
        found = before
        if not _is_in(before, networks):
            break
    return str(found)


def trusted_proxies(words: Sequence[str]) -> list[Network]:
    """Return the networks of the proxies that are believed.

    Raises
    ------
    ValueError
        If a word is neither an address nor a network.
    """
    return [ipaddress.ip_network(word, strict=False) for word in words]


def parsed(text: str) -> Address | None:
    """Return an address, IPv4 in its own form; None where the text is none."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
