"""This node, as the trail's messages name it, and the receiver that the settings name."""

import socket

from django.conf import settings

from webapp.audit.meaning import Source
from webapp.audit.syslog import Receiver


def source() -> Source:
    """Return who reports."""
    return Source(socket.gethostname(), settings.NODE_SITE_NAME, settings.NODE_AE_TITLE)


def receiver() -> Receiver | None:
    """Return who takes audit messages; None where nobody does.

    Raises
    ------
    ValueError
        If the setting is no HOST:PORT.
    """
    if not settings.NODE_AUDIT_RECEIVER:
        return None
    host, port = split(settings.NODE_AUDIT_RECEIVER)
    return Receiver(
        host,
        port,
        settings.NODE_AUDIT_RECEIVER_CA,
        settings.NODE_AUDIT_RECEIVER_CERTIFICATE,
        settings.NODE_AUDIT_RECEIVER_KEY,
    )


def split(text: str) -> tuple[str, int]:
    """Return host and port of ``HOST:PORT``; an IPv6 address stands in brackets.

    Raises
    ------
    ValueError
        If it is neither.
    """
    host, _, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit()) or not 1 <= int(port) <= 65535:
        raise ValueError(f"{text!r} is not HOST:PORT.")
    return host, int(port)
