"""Who may push, and where reports go: the settings' text becomes rows, and rows decide."""

import ipaddress
import logging
from collections.abc import Iterator
from dataclasses import asdict

from django.conf import settings
from django.db import transaction

from dicom_node.requestor import Peer
from webapp.audit import rows
from webapp.studies import dicom_tls
from webapp.studies.models import AllowedPeer, Destination
from webapp.studies.peer_text import (
    DestinationText,
    parse_destination,
    parse_fhir,
    parse_hl7,
    parse_peer,
    parse_stow,
    split_destinations,
    split_web_addresses,
)

_log = logging.getLogger(__name__)


@transaction.atomic
def adopt_settings() -> None:
    """Bring the rows in line with the environment; rows made in the admin are left alone."""
    kept = []
    for protocol, text, url in _destinations():
        row, _ = Destination.objects.update_or_create(
            protocol=protocol,
            url=url,
            ae_title=text.ae_title,
            host=text.host,
            port=text.port,
            defaults={
                "active": True,
                "from_environment": True,
                **asdict(text.profile),
                "objects_wanted": list(text.profile.objects_wanted),
            },
        )
        kept.append(row.pk)
    gone = Destination.objects.filter(from_environment=True, active=True).exclude(pk__in=kept)
    rows.update(gone, "destination", active=False)
    kept = []
    for peer in map(parse_peer, settings.NODE_ALLOWED_PEERS):
        allowed, _ = AllowedPeer.objects.update_or_create(
            ae_title=peer.ae_title, address=peer.address, defaults={"from_environment": True}
        )
        kept.append(allowed.pk)
    AllowedPeer.objects.filter(from_environment=True).exclude(pk__in=kept).delete()


def _destinations() -> Iterator[tuple[str, DestinationText, str]]:
    """Yield every destination of the settings: protocol, name and place, base address where it has one."""
    protocol = Destination.Protocol
    for text in map(parse_destination, split_destinations(settings.NODE_DESTINATIONS)):
        yield protocol.DIMSE, text, ""
    for text in map(parse_hl7, settings.NODE_HL7_DESTINATIONS):
        yield protocol.HL7, text, ""
    for web in map(parse_stow, split_web_addresses(settings.NODE_STOW_DESTINATIONS)):
        yield protocol.STOW, web.place, web.url
    for web in map(parse_fhir, settings.NODE_FHIR_DESTINATIONS):
        yield protocol.FHIR, web.place, web.url


def peer_of(destination: Destination) -> Peer:
    """Return the application entity of a destination, and whether it is spoken to with TLS."""
    tls = dicom_tls.outward(destination.tls)
    return Peer(ae_title=destination.ae_title, host=destination.host, port=destination.port, tls=tls)


def find_peer(ae_title: str) -> Peer | None:
    """Return where an AE title listens, from the destinations; None where it is not among them."""
    named = Destination.objects.filter(protocol=Destination.Protocol.DIMSE, ae_title=ae_title.strip(), active=True)
    row = named.first()
    return None if row is None else peer_of(row)


def site_pk_of(ae_title: str, address: str) -> int | None:
    """Return the site whose studies this peer sends, by its closest row that names one; None where none does."""
    try:
        caller = _caller(address)
    except ValueError:
        return None
    closest: tuple[bool, int] | None = None
    found: int | None = None
    for row in AllowedPeer.objects.filter(ae_title__in=["*", ae_title.strip()], site__isnull=False).order_by("pk"):
        network = ipaddress.ip_network(row.address, strict=False)
        closeness = (row.ae_title != "*", network.prefixlen)
        if caller in network and (closest is None or closeness > closest):
            closest, found = closeness, row.site_id
    return found


def _caller(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    caller = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(caller, ipaddress.IPv6Address) and caller.ipv4_mapped is not None:
        return caller.ipv4_mapped
    return caller


def is_allowed(ae_title: str, address: str) -> bool:
    """Tell whether this peer may open an association. Nobody may unless a row, or the open loopback, says so."""
    caller = _caller(address)
    if settings.NODE_LOOPBACK_OPEN and caller.is_loopback:
        return True
    for row in AllowedPeer.objects.filter(ae_title__in=["*", ae_title.strip()]):
        if caller in ipaddress.ip_network(row.address, strict=False):
            return True
    _log.warning("refused an association: AE %r at %s is not on the list of allowed peers", ae_title, address)
    return False
