"""What the second DICOM port takes, from the settings, and what is wrong with it."""

from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from dicom_node.tls import Credentials, server_context

_FILES = ("NODE_DICOM_TLS_CERTIFICATE", "NODE_DICOM_TLS_KEY", "NODE_DICOM_TLS_CA")


def credentials() -> Credentials | None:
    """Return this node's certificate, key and authorities; None where the port is off."""
    if not settings.NODE_DICOM_TLS_PORT:
        return None
    certificate, key, authorities = (Path(getattr(settings, name)) for name in _FILES)
    return Credentials(certificate, key, authorities)


@register()
def dicom_tls_is_sound(**_: object) -> list[CheckMessage]:
    """Tell what keeps the second port from opening."""
    port = settings.NODE_DICOM_TLS_PORT
    if not port:
        return []
    found: list[CheckMessage] = []
    if port in {settings.NODE_DICOM_PORT, settings.NODE_HTTP_PORT}:
        found.append(Error(f"NODE_DICOM_TLS_PORT is {port}, and another port of this node is, too.", id="studies.E007"))
    missing = [name for name in _FILES if not getattr(settings, name)]
    if missing:
        hint = "All three files are needed: the runbook says how to make them. NODE_DICOM_TLS_PORT=0 turns TLS off."
        return [
            *found,
            Error(f"NODE_DICOM_TLS_PORT is set and {', '.join(missing)} not.", hint=hint, id="studies.E008"),
        ]
    return [*found, *_files()]


def _files() -> list[CheckMessage]:
    unreadable = [name for name in _FILES if not _is_readable(Path(getattr(settings, name)))]
    if unreadable:
        return [Error(f"{name} names a file that cannot be read.", id="studies.E009") for name in unreadable]
    wanted = credentials()
    if wanted is None:
        return []
    try:
        server_context(wanted)
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
