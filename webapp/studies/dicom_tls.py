"""DICOM over TLS, from the settings: what the second port takes, how peers are spoken to, and what is wrong with it."""

from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from dicom_node.tls import Credentials, Outward, server_context
from webapp.studies.errors import PeerTextError
from webapp.studies.peer_text import ANY_NAME, parse_destination, split_destinations

_FILES = ("NODE_DICOM_TLS_CERTIFICATE", "NODE_DICOM_TLS_KEY", "NODE_DICOM_TLS_CA")


def credentials() -> Credentials | None:
    """Return what the second port takes; None where the port is off."""
    return _own() if settings.NODE_DICOM_TLS_PORT else None


def outward(kind: str) -> Outward | None:
    """Return how a peer is spoken to, from a value of `Destination.Tls`; None for without TLS."""
    return Outward(_own(), checks_name=kind != ANY_NAME) if kind else None


def missing() -> list[str]:
    """Return the settings that TLS needs and that are empty."""
    return [name for name in _FILES if not getattr(settings, name)]


def _own() -> Credentials:
    certificate, key, authorities = (Path(getattr(settings, name)) for name in _FILES)
    return Credentials(certificate, key, authorities)


def _is_asked_for_outward() -> bool:
    places = [*split_destinations(settings.NODE_DESTINATIONS), settings.NODE_PRIORS_FROM]
    try:
        return any(parse_destination(text).profile.tls for text in places if text)
    except PeerTextError:
        return False  # another check says so


@register()
def dicom_tls_is_sound(**_: object) -> list[CheckMessage]:
    """Tell what keeps the second port from opening, and reports from going out with TLS."""
    port = settings.NODE_DICOM_TLS_PORT
    if not port and not _is_asked_for_outward():
        return []
    found: list[CheckMessage] = []
    if port and port in {settings.NODE_DICOM_PORT, settings.NODE_HTTP_PORT}:
        found.append(Error(f"NODE_DICOM_TLS_PORT is {port}, and another port of this node is, too.", id="studies.E007"))
    if absent := missing():
        hint = "All three files are needed: the runbook says how to make them. NODE_DICOM_TLS_PORT=0 turns TLS off."
        what = "NODE_DICOM_TLS_PORT is set" if port else "A destination or archive is to be spoken to with TLS"
        return [*found, Error(f"{what} and {', '.join(absent)} not set.", hint=hint, id="studies.E008")]
    return [*found, *_files()]


def _files() -> list[CheckMessage]:
    unreadable = [name for name in _FILES if not _is_readable(Path(getattr(settings, name)))]
    if unreadable:
        return [Error(f"{name} names a file that cannot be read.", id="studies.E009") for name in unreadable]
    try:
        server_context(_own())
    except OSError as error:
        hint = "The key is that of the certificate and has no password; all files are PEM."
        return [Error(f"The certificate for DICOM over TLS cannot be used: {error}.", hint=hint, id="studies.E010")]
    return []


def _is_readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False
