"""What must hold of the settings of the trail, told before the node starts, in sentences that a human can act on."""

from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from webapp.audit import node, syslog
from webapp.audit.addresses import trusted_proxies

_FILES = ("NODE_AUDIT_RECEIVER_CA", "NODE_AUDIT_RECEIVER_CERTIFICATE", "NODE_AUDIT_RECEIVER_KEY")


@register()
def proxies_are_addresses(**_: object) -> list[CheckMessage]:
    """Refuse proxies by name: whom to believe must not depend on who answers for a name."""
    try:
        trusted_proxies(settings.NODE_TRUSTED_PROXIES)
    except ValueError as error:
        hint = "Write addresses or networks with commas between, such as 127.0.0.1,10.0.0.0/24."
        return [Error(f"NODE_TRUSTED_PROXIES: {error}.", hint=hint, id="audit.E004")]
    return []


@register()
def audit_receiver_is_sound(**_: object) -> list[CheckMessage]:
    """Look at the receiver's address and at the files for TLS."""
    try:
        receiver = node.receiver()
    except ValueError as error:
        hint = "Write it as audit.example.org:6514, or leave it empty to send no audit messages."
        return [Error(f"NODE_AUDIT_RECEIVER: {error}", hint=hint, id="audit.E001")]
    if receiver is None:
        return []
    unreadable = [name for name in _FILES if getattr(settings, name) and not _is_readable(getattr(settings, name))]
    if unreadable:
        return [Error(f"{name} names a file that cannot be read.", id="audit.E002") for name in unreadable]
    try:
        syslog.client_context(receiver)
    except OSError as error:
        hint = "All files are PEM, and the key is that of the certificate and has no password."
        return [Error(f"TLS to the receiver of audit messages: {error}.", hint=hint, id="audit.E003")]
    return []


def _is_readable(path: str) -> bool:
    try:
        with Path(path).open("rb"):
            return True
    except OSError:
        return False
