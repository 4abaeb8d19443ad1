"""What can go wrong with the trail.

AuditError
    AnonymousError    an event came without somebody who did it
    ReceiverError     the receiver of audit messages did not take them; they stay and are sent later
"""


class AuditError(Exception):
    """Root of this package's errors."""


class AnonymousError(AuditError):
    """An event came without somebody who did it: the recorder refuses it."""


class ReceiverError(AuditError):
    """The receiver did not take the messages; the text says why. They are kept and sent later."""
