"""What must hold before the node starts, in sentences that a human can act on."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from dicom_node.pdf_text import LANGUAGES
from webapp.studies.dicom_tls import dicom_tls_is_sound as dicom_tls_is_sound  # registers itself
from webapp.studies.errors import PeerTextError
from webapp.studies.peer_text import (
    parse_destination,
    parse_fhir,
    parse_hl7,
    parse_peer,
    parse_stow,
    split_destinations,
    split_web_addresses,
)


@register()
def settings_are_sound(**_: object) -> list[CheckMessage]:
    """Run every check of this module."""
    return [*_ae_title(), *_peers(), *_archive(), *model_is_sound(), *_list(), *_language()]


def _ae_title() -> list[CheckMessage]:
    title = settings.NODE_AE_TITLE
    if 1 <= len(title) <= 16 and title.isascii() and title.isprintable() and "\\" not in title:
        return []
    hint = "An AE title has 1 to 16 printable ASCII characters and no backslash."
    return [Error(f"NODE_AE_TITLE is {title!r}.", hint=hint, id="studies.E001")]


def _peers() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    texts: dict[str, tuple[Callable[[str], object], tuple[str, ...]]] = {
        "NODE_DESTINATIONS": (parse_destination, split_destinations(settings.NODE_DESTINATIONS)),
        "NODE_HL7_DESTINATIONS": (parse_hl7, settings.NODE_HL7_DESTINATIONS),
        "NODE_STOW_DESTINATIONS": (parse_stow, split_web_addresses(settings.NODE_STOW_DESTINATIONS)),
        "NODE_FHIR_DESTINATIONS": (parse_fhir, settings.NODE_FHIR_DESTINATIONS),
        "NODE_PRIORS_FROM": (parse_destination, (settings.NODE_PRIORS_FROM,) if settings.NODE_PRIORS_FROM else ()),
        "NODE_ALLOWED_PEERS": (parse_peer, settings.NODE_ALLOWED_PEERS),
    }
    for name, (parse, written) in texts.items():
        for text in written:
            try:
                parse(text)
            except PeerTextError as error:
                found.append(Error(f"{name}: {error}", id="studies.E002"))
    return found


def _archive() -> list[CheckMessage]:
    folder: Path = settings.NODE_ARCHIVE_DIR
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return [Error(f"The archive folder {folder} cannot be made: {error.strerror}.", id="studies.E003")]
    if not os.access(folder, os.W_OK):
        return [Error(f"The archive folder {folder} is not writable.", id="studies.E003")]
    return []


def model_is_sound() -> list[CheckMessage]:
    """Compare the model file with its manifest."""
    folder: Path = settings.NODE_MODELS_DIR
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        wanted, name = manifest["sha256"], str(manifest["file"])
        with (folder / name).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "manifest.json and the file that it names stand in the folder that NODE_MODELS_DIR names."
        return [Error(f"The model cannot be read: {error}", hint=hint, id="studies.E004")]
    if found == wanted:
        return []
    hint = "Put back the file that the manifest describes."
    return [
        Error(
            f"The model file {name} is not the one that its manifest describes (sha256 differs).",
            hint=hint,
            id="studies.E005",
        )
    ]


def _list() -> list[CheckMessage]:
    if settings.NODE_LOOPBACK_OPEN or settings.NODE_ALLOWED_PEERS:
        return []
    text = "NODE_ALLOWED_PEERS is empty and NODE_BIND is not loopback: only peers entered in the admin may push."
    return [Warning(text, id="studies.W001")]


def _language() -> list[CheckMessage]:
    language = settings.NODE_REPORT_LANGUAGE
    if language in LANGUAGES:
        return []
    hint = f"Pages are written in {' or '.join(LANGUAGES)}."
    return [Error(f"NODE_REPORT_LANGUAGE is {language!r}.", hint=hint, id="studies.E006")]
