"""Destinations and peers as people write them: ``AE@host:port`` and ``AE@address``."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from webapp.studies.errors import PeerTextError


@dataclass(frozen=True)
class DestinationText:
    """One destination of ``NODE_DESTINATIONS``."""

    ae_title: str
    host: str
    port: int


@dataclass(frozen=True)
class PeerText:
    """One peer of ``NODE_ALLOWED_PEERS``."""

    ae_title: str
    address: str


def _ae_title(text: str, whole: str) -> str:
    title = text.strip()
    if not 1 <= len(title) <= 16 or "\\" in title or not title.isascii() or not title.isprintable():
        raise PeerTextError(f"{whole!r}: an AE title has 1 to 16 printable ASCII characters and no backslash.")
    return title


def parse_destination(text: str) -> DestinationText:
    """Read ``AE@host:port``."""
    title, at, rest = text.partition("@")
    host, colon, port = rest.rpartition(":")
    if not at or not colon or not host or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise PeerTextError(f"{text!r}: a destination is written AE@host:port, for example PACS@10.0.0.5:104.")
    return DestinationText(_ae_title(title, text), host.strip("[]"), int(port))


def parse_web_address(text: str) -> DestinationText:
    """Read the base address of a DICOMweb or FHIR server; the name of the row is its scheme."""
    hint = f"{text!r}: a web destination is written https://host/path, without user, password and query."
    try:
        parts = urlsplit(text)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        raise PeerTextError(hint) from None
    if not port or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise PeerTextError(hint)
    return DestinationText(parts.scheme, parts.hostname, port)


def parse_peer(text: str) -> PeerText:
    """Read ``AE@address``; the AE title may be ``*``, the address a network."""
    title, at, address = text.partition("@")
    if not at:
        raise PeerTextError(f"{text!r}: a peer is written AE@address, for example PACS@10.0.0.5 or *@10.0.0.0/24.")
    try:
        network = ipaddress.ip_network(address.strip(), strict=False)
    except ValueError:
        raise PeerTextError(f"{text!r}: {address!r} is no IP address or network.") from None
    single = network.num_addresses == 1
    return PeerText(_ae_title(title, text), str(network.network_address) if single else str(network))
