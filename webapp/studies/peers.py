"""Who may push, and where reports go: the settings' text becomes rows, and rows decide."""

import ipaddress
import logging
from collections.abc import Iterator

from django.conf import settings
from django.db import transaction

from webapp.studies.models import AllowedPeer, Destination
from webapp.studies.peer_text import DestinationText, parse_destination, parse_peer, parse_web_address

_log = logging.getLogger(__name__)


@transaction.atomic
def adopt_settings() -> None:
    """Bring the rows in line with the environment; rows made in the admin are left alone."""
    kept = []
    for protocol, text, url in _destinations():
        row, _ = Destination.objects.update_or_create(
            protocol=protocol,
            ae_title=text.ae_title,
            host=text.host,
            port=text.port,
            url=url,
            defaults={"active": True, "from_environment": True},
        )
        kept.append(row.pk)
    Destination.objects.filter(from_environment=True).exclude(pk__in=kept).update(active=False)
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
    for text in settings.NODE_DESTINATIONS:
        yield protocol.DIMSE, parse_destination(text), ""
    for text in settings.NODE_HL7_DESTINATIONS:
        yield protocol.HL7, parse_destination(text), ""
    for url in settings.NODE_STOW_DESTINATIONS:
        yield protocol.STOW, parse_web_address(url), url
    for url in settings.NODE_FHIR_DESTINATIONS:
        yield protocol.FHIR, parse_web_address(url), url


def is_allowed(ae_title: str, address: str) -> bool:
    """Tell whether this peer may open an association. Nobody may unless a row, or the open loopback, says so."""
    caller = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(caller, ipaddress.IPv6Address) and caller.ipv4_mapped is not None:
        caller = caller.ipv4_mapped
    if settings.NODE_LOOPBACK_OPEN and caller.is_loopback:
        return True
    for row in AllowedPeer.objects.filter(ae_title__in=["*", ae_title.strip()]):
        if caller in ipaddress.ip_network(row.address, strict=False):
            return True
    _log.warning("refused an association: AE %r at %s is not on the list of allowed peers", ae_title, address)
    return False
