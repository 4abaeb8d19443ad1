"""What one association brought, told when it has ended."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Received:
    """The objects that one association stored.

    Parameters
    ----------
    ae_title : str
        Of the peer, as it called itself.
    address : str
        The peer's.
    studies : mapping
        For each Study Instance UID, how many objects of each SOP class.
    refused : int
        How many objects were answered with a failure.
    """

    ae_title: str
    address: str
    studies: Mapping[str, Mapping[str, int]]
    refused: int = 0
