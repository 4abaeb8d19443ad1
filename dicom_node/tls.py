"""Receiving DICOM over TLS, both sides known by certificate.

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


def server_context(credentials: Credentials) -> ssl.SSLContext:
    """Return what accepts connections: only from peers with a certificate that is believed.

    Raises
    ------
    OSError
        If a file cannot be read, or holds something else (`ssl.SSLError`).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.load_cert_chain(credentials.certificate, credentials.key, _no_password)
    context.load_verify_locations(cafile=credentials.authorities)
    context.verify_mode = ssl.CERT_REQUIRED
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def _no_password() -> str:
    return ""  # else OpenSSL asks on the terminal, and the node never starts
