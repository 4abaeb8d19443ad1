"""DICOM over TLS, both sides known by certificate.

References
----------
DICOM PS3.15 B.12 (BCP 195 RFC 8996, 9325 profile): TLS 1.2 or later, forward secrecy, authenticated encryption.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

# RFC 9325 4.2: these of TLS 1.2; TLS 1.3 has no others
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


@dataclass(frozen=True)
class Credentials:
    """Who this node is and whom it believes, as PEM files.

    Parameters
    ----------
    certificate : Path
        This node's, followed by those between it and its authority.
    key : Path
        Its private key, not encrypted.
    authorities : Path
        The certificates that a peer's must be signed by.
    """

    certificate: Path
    key: Path
    authorities: Path


@dataclass(frozen=True)
class Outward:
    """How a peer that listens is spoken to.

    Parameters
    ----------
    credentials : Credentials
    checks_name : bool
        Whether the peer's certificate must name the host that is called, as a DNS name or an IP address. Without
        it, any certificate of the authorities is taken, that of another peer as well.
    """

    credentials: Credentials
    checks_name: bool = True


def server_context(credentials: Credentials) -> ssl.SSLContext:
    """Return what accepts connections: only from peers with a certificate that is believed.

    Raises
    ------
    OSError
        If a file cannot be read, or holds something else (`ssl.SSLError`).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context, credentials)
    return context


class ClientContext(ssl.SSLContext):
    """What opens connections, to peers with a certificate that is believed; for one connection.

    Attributes
    ----------
    failure : OSError or None
        What went wrong last on the encrypted line; pynetdicom keeps it to itself.
    is_secured : bool
        Whether the handshake succeeded.
    """

    failure: OSError | None = None
    is_secured = False

    def why_not(self) -> str | None:
        """Return why there is no encrypted line, as the end of "PEER ..."; None where that is not known."""
        error = self.failure
        if error is None:
            return None
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"shows a certificate that is not believed: {error.verify_message}."
        words = (getattr(error, "reason", None) or type(error).__name__).replace("_", " ").lower()
        if "alert" in words:
            return f"refuses TLS, or this node's certificate: {words}."
        if self.is_secured:
            return f"broke off after the TLS handshake: {words}; it may not believe this node's certificate."
        return f"does not speak TLS 1.2 or later there, or broke off the handshake: {words}. Nothing was sent in clear."


class _Line(ssl.SSLSocket):
    """Notes what goes wrong."""

    def do_handshake(self, block: bool = False) -> None:
        context = self.context
        assert isinstance(context, ClientContext)
        try:
            super().do_handshake(block)
        except OSError as error:
            context.failure = error
            self.close()
            raise
        context.is_secured = True

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        try:
            return super().recv(buflen, flags)
        except OSError as error:
            # the server of TLS 1.3 says only here that it refuses our certificate
            if isinstance(self.context, ClientContext):
                self.context.failure = error
            raise


def client_context(outward: Outward) -> ClientContext:
    """Return what opens a connection. The files are read each time, so that renewed ones count at once.

    Raises
    ------
    OSError
        If a file cannot be read, or holds something else (`ssl.SSLError`).
    """
    context = ClientContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = outward.checks_name
    _harden(context, outward.credentials)
    context.sslsocket_class = _Line
    return context


def _harden(context: ssl.SSLContext, credentials: Credentials) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.load_cert_chain(credentials.certificate, credentials.key, _no_password)
    context.load_verify_locations(cafile=credentials.authorities)
    context.verify_mode = ssl.CERT_REQUIRED
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION


def _no_password() -> str:
    return ""  # else OpenSSL asks on the terminal, and the node never starts
