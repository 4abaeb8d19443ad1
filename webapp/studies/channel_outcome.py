"""What became of one message on a channel: its receiver has it, refuses it, or may take it later."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChannelOutcome:
    """The receiver's own word on one message.

    ``stored`` (the receiver has it) is never inferred from "sent"; ``permanent`` means that the same again cannot help;
    ``status`` is the receiver's code as it stands on the row (at most 4 characters), ``message`` a sentence.
    """

    stored: bool
    permanent: bool
    status: str
    message: str
    declined: bool = False
