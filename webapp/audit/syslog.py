"""Audit messages on their way: syslog over TLS.

Syslog has no word of receipt. What can be known is this: every byte was written, the end was announced
(close_notify), the receiver ended the connection in turn, and its machine acknowledged every byte and reset
nothing. Anything less counts as not taken.

References
----------
RFC 5424 (message), RFC 5425 (TLS, octet counting); DICOM PS3.15 A.6 (PRI, MSGID)
"""

import fcntl
import os
import socket
import ssl
import struct
import termios
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from webapp.audit.dicom_message import DECLARATION, instant
from webapp.audit.errors import ReceiverError

# facility 10 (security and authorization), severity 5 (normal but significant)
_PRIORITY: Final = 10 * 8 + 5
_VERSION: Final = 1
_APPLICATION: Final = "mammonode"
_MESSAGE_ID: Final = "DICOM+RFC3881"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_HOST_LENGTH: Final = 255
_WAIT_SECONDS: Final = 10.0
_WHOLE_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.01


@dataclass(frozen=True)
class Receiver:
    """Who takes audit messages. Files are PEM; without authorities, those of the operating system are believed."""

    host: str
    port: int
    authorities: str = ""
    certificate: str = ""
    key: str = ""

    @property
    def name(self) -> str:
        """What it is called in rows and in the log."""
        return f"{self.host}:{self.port}"


def entry(at: datetime, host: str, message: str) -> bytes:
    """Return one syslog message around an AuditMessage."""
    name = "".join(c for c in host if "!" <= c <= "~")[:_HOST_LENGTH] or "-"
    head = f"<{_PRIORITY}>{_VERSION} {instant(at)} {name} {_APPLICATION} {os.getpid()} {_MESSAGE_ID} - "
    return head.encode("ascii") + _BYTE_ORDER_MARK + f"{DECLARATION}{message}".encode()


def framed(message: bytes) -> bytes:
    """Return a message with its length before it."""
    return b"%d %b" % (len(message), message)


def client_context(receiver: Receiver) -> ssl.SSLContext:
    """Return what opens the connection: TLS 1.2 or later, the receiver's name and certificate verified.

    Raises
    ------
    OSError
        If a file cannot be read, or holds something else (`ssl.SSLError`).
    """
    context = ssl.create_default_context(cafile=receiver.authorities or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if receiver.certificate:
        context.load_cert_chain(receiver.certificate, receiver.key or None, _no_password)
    return context


def send(receiver: Receiver, entries: Iterable[bytes]) -> None:
    """Send messages, in order, over one connection.

    Raises
    ------
    ReceiverError
        If it is not certain that all of them went over; some may have.
    """
    try:
        context = client_context(receiver)
        with (
            socket.create_connection((receiver.host, receiver.port), _WAIT_SECONDS) as line,
            context.wrap_socket(line, server_hostname=receiver.host) as tls,
        ):
            _write(tls, entries)
            _end(tls)
            _wait_for_acknowledgement(tls)
    except (OSError, ValueError) as error:
        raise ReceiverError(_sentence(receiver, error)) from error


def _write(tls: ssl.SSLSocket, entries: Iterable[bytes]) -> None:
    until = time.monotonic() + _WHOLE_SECONDS
    for message in entries:
        if time.monotonic() > until:
            raise TimeoutError("it takes them too slowly")
        tls.sendall(framed(message))


def _end(tls: ssl.SSLSocket) -> None:
    """Announce the end and wait until the receiver ends the connection in turn."""
    with suppress(ssl.SSLEOFError):  # without an announcement of its own, as many do
        tls.unwrap()


def _wait_for_acknowledgement(line: socket.socket) -> None:
    """Wait until the receiver's machine has every byte: one that closed too early, or left some unread, resets."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        (waiting,) = struct.unpack("i", fcntl.ioctl(line.fileno(), termios.TIOCOUTQ, b"\0" * 4))
        if error := line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))
        if not waiting:
            return
        if time.monotonic() > until:
            raise TimeoutError("it closed the connection before it had everything")
        time.sleep(_POLL_SECONDS)


def _sentence(receiver: Receiver, error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"its certificate is not believed: {error.verify_message}"
    elif isinstance(error, ssl.SSLError):
        reason = f"TLS failed: {error.reason or error}"
    elif isinstance(error, socket.gaierror):
        reason = "its name is not known"
    else:
        reason = str(getattr(error, "strerror", None) or error or type(error).__name__)
    return f"The receiver of audit messages at {receiver.name} did not take them: {reason}."


def _no_password() -> str:
    return ""  # else OpenSSL asks on the terminal, and the worker never goes on
