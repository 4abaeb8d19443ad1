"""One way out for each protocol that a destination may speak."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from django.conf import settings

from dicom_node import recode, scu
from dicom_node.scu import StoreOutcome
from webapp.studies import channels
from webapp.studies.channel_outcome import ChannelOutcome
from webapp.studies.models import Delivery, Destination
from webapp.studies.peers import peer_of

Sender = Callable[[Delivery, Path], StoreOutcome | ChannelOutcome]


def send_by_dimse(delivery: Delivery, path: Path) -> StoreOutcome:
    """Send one object by C-STORE, in the form that the destination's profile asks for.

    Raises
    ------
    SendError
        If no association comes about.
    """
    destination = delivery.destination
    if not destination.transfer_syntax and destination.character_set == Destination.CharacterSet.UNICODE:
        return scu.store([path], peer_of(destination), settings.NODE_AE_TITLE)[0]  # as it was written
    form = recode.Form(destination.transfer_syntax, destination.character_set)
    recoded = recode.recode(path, form)
    if recoded is None:
        return scu.store([path], peer_of(destination), settings.NODE_AE_TITLE)[0]
    with tempfile.NamedTemporaryFile(suffix=".dcm", dir=settings.NODE_DATA_DIR) as copy:
        copy.write(recoded)
        copy.flush()
        return scu.store([Path(copy.name)], peer_of(destination), settings.NODE_AE_TITLE)[0]


SENDERS: Mapping[str, Sender] = MappingProxyType(
    {
        Destination.Protocol.DIMSE: send_by_dimse,
        Destination.Protocol.STOW: channels.send_by_stow,
        Destination.Protocol.FHIR: channels.send_by_fhir,
        Destination.Protocol.HL7: channels.send_by_hl7,
    }
)
