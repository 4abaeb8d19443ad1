"""The checks of a commissioning that look at this node: its list, its port, its images."""

import ipaddress
import socket
from collections import Counter
from typing import Final

from django.conf import settings
from pydicom.dataset import Dataset
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation

from dicom_node import scu
from dicom_node.errors import DicomNodeError, SendError
from dicom_node.image_file import MALFORMED
from dicom_node.requestor import Peer, Timeouts
from webapp.studies import peers
from webapp.studies.commissioning_outcome import Check, failed, not_proven, passed
from webapp.studies.headers import read_header
from webapp.studies.models import AllowedPeer, Destination, Instance
from webapp.studies.peer_text import ProfileText, parse_destination, split_destinations

_QUICK = Timeouts(connect_seconds=3, association_seconds=10, response_seconds=10)
_MOST_IMAGES = 200
_UNREADABLE: Final[tuple[type[Exception], ...]] = (DicomNodeError, OSError, *MALFORMED)


def profile_of(peer: Peer) -> ProfileText | None:
    """Return what the peer's profile asks for; None where it is no destination of this node."""
    for text in map(parse_destination, split_destinations(settings.NODE_DESTINATIONS)):
        if (text.ae_title, text.host, text.port) == (peer.ae_title, peer.host, peer.port):
            return text.profile
    row = Destination.objects.filter(
        protocol=Destination.Protocol.DIMSE, active=True, ae_title=peer.ae_title, host=peer.host, port=peer.port
    ).first()
    if row is None:
        return None
    return ProfileText(
        objects_wanted=tuple(row.objects_wanted),
        wants_commitment=row.wants_commitment,
        wants_read_back=row.wants_read_back,
        transfer_syntax=row.transfer_syntax,
        character_set=row.character_set,
        tls=row.tls,
    )


def scp_is_up() -> bool:
    """Tell whether this node's own SCP listens."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.NODE_BIND, settings.NODE_BIND)
    try:
        scu.echo(Peer(settings.NODE_AE_TITLE, host, settings.NODE_DICOM_PORT), settings.NODE_AE_TITLE, _QUICK)
    except SendError as error:
        return error.permanent  # it rejects us: then it is there
    return True


def way_back(peer: Peer, *, came_to_us: bool) -> Check:
    """The peer's way to this node: seen when it answered there, else only what stands in its way here."""
    name, here = "the peer's way to us", f"{settings.NODE_AE_TITLE} at this machine, port {settings.NODE_DICOM_PORT}"
    if came_to_us:
        return passed(name, "The peer opened an association to our SCP; nothing to do.")
    addresses = _addresses(peer.host)
    if settings.NODE_IS_LOOPBACK and not any(address.is_loopback for address in addresses):
        return failed(name, "This node listens on its own machine only: set NODE_BIND to an address the peer reaches.")
    if not _is_on_list(peer, addresses):
        return failed(
            name,
            f"This node refuses {peer.ae_title} at {peer.host}: add {peer.ae_title}@<address> to NODE_ALLOWED_PEERS.",
        )
    return not_proven(
        name,
        f"Only the peer can try it. Enter {here}, among the peer's remote nodes, press its button for verification "
        "(C-ECHO, DICOM ping, 'Test'), and have it say success.",
    )


def _addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [ipaddress.ip_address(str(entry[4][0]).split("%", 1)[0]) for entry in found]


def _is_on_list(peer: Peer, addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> bool:
    """Tell whether the list has an entry for the peer; a peer may well call from another address than it listens on."""
    if any(peers.is_allowed(peer.ae_title, str(address)) for address in addresses):
        return True
    return AllowedPeer.objects.filter(ae_title=peer.ae_title).exists()


def tls_to(peer: Peer, *, reached: bool) -> Check:
    """TLS to the peer: seen in this test, or not used."""
    name = "TLS to the peer"
    if peer.tls is None:
        return not_proven(
            name,
            "Results go there without TLS: have a TLS port opened there and write tls=yes, keep that traffic inside a "
            "protected network, or lead it through a tunnel.",
        )
    if not reached:
        return failed(name, "No encrypted association came about: the first check says why.")
    if peer.tls.checks_name:
        return passed(name, f"The test went over TLS; the peer's certificate is believed and names {peer.host}.")
    return passed(
        name,
        "The test went over TLS; the peer's certificate is believed, and whom it names was not asked (tls=any-name): "
        "have one made that names the host.",
    )


def tls_from() -> Check:
    """TLS from the peer to this node: never seen by this test."""
    name = "TLS from the peer"
    if not settings.NODE_DICOM_TLS_PORT:
        return not_proven(name, "This node has no TLS port: set NODE_DICOM_TLS_PORT if images are to come encrypted.")
    return not_proven(
        name,
        f"This node receives with TLS on port {settings.NODE_DICOM_TLS_PORT}; nothing was sent there in this test. "
        "Have the peer send an image to it.",
    )


def spatial_locations() -> Check:
    """Do the images that marks are drawn on say that places on their source are places on them?"""
    name = "Spatial Locations Preserved (0028,135A)"
    counted: Counter[str] = Counter()
    shown = Instance.objects.filter(sop_class_uid=DigitalMammographyXRayImageStorageForPresentation)
    for row in shown.order_by("-received_at")[:_MOST_IMAGES]:
        try:
            said = _statement(read_header(settings.NODE_ARCHIVE_DIR / row.path))
        except _UNREADABLE:
            said = "unreadable"
        counted[said] += 1
    if not set(counted) - {"unreadable"}:
        return not_proven(
            name, "This node holds no readable mammogram yet: repeat when it has received some of each modality."
        )
    seen = ", ".join(f"{what}: {count}" for what, count in sorted(counted.items()))
    if set(counted) <= {"YES", "unreadable"}:
        return passed(name, f"Of the newest mammograms, {seen}. Nothing to do.")
    return not_proven(
        name,
        f"Of the newest mammograms, {seen}. Some workstations show marks only on images that say YES: open a marked "
        "study at each workstation before relying on marks, and ask the modality's vendor for YES.",
    )


def _statement(header: Dataset) -> str:
    """Return what an image says of its sources (PS3.3 C.7.6.1): YES where all of them have it."""
    values = {
        str(item.get("SpatialLocationsPreserved", "") or "").strip().upper() or "absent"
        for item in header.get("SourceImageSequence") or ()
    }
    return next(iter(sorted(values - {"YES"})), "YES") if values else "absent"
