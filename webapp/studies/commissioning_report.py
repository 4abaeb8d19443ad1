"""What a commissioning says: the AE table for the PACS team, each check, and the setting that follows from them."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from django.conf import settings

from dicom_node.requestor import Peer
from dicom_node.sr.document import RESEARCH_USE_ONLY
from webapp.studies import conformance
from webapp.studies.commissioning import Commissioning
from webapp.studies.commissioning_outcome import Status

_WORDS: Mapping[str, str] = MappingProxyType(
    {"reading it back (C-FIND)": "read_back=yes", "storage commitment": "commit=yes"}
)


def entity_table(peer: Peer) -> str:
    """Return what a PACS team must know of this node, in Markdown."""
    anywhere = settings.NODE_BIND in {"0.0.0.0", "::"}
    rows = [
        ("AE title", f"`{settings.NODE_AE_TITLE}` (callers must use it)"),
        ("address", "any of this machine" if anywhere else f"`{settings.NODE_BIND}`"),
        ("port", str(settings.NODE_DICOM_PORT)),
        ("TLS port, with certificates of both sides", str(settings.NODE_DICOM_TLS_PORT or "none")),
        ("associations at a time", str(settings.NODE_MAXIMUM_ASSOCIATIONS)),
        ("who may call", "any local peer" if settings.NODE_LOOPBACK_OPEN else "the peers of NODE_ALLOWED_PEERS"),
        ("we call you as", f"`{settings.NODE_AE_TITLE}`"),
        ("your entity here", f"`{peer}`"),
    ]
    images = conformance.transfer_syntaxes()
    parts = [
        "## This node, for the PACS team",
        conformance.table(("", "value"), rows),
        f"It accepts:\n\n{conformance.accepted()}",
        f"Transfer syntaxes of images:\n\n{images}",
        f"It proposes:\n\n{conformance.proposed()}",
    ]
    return "\n\n".join(parts)


def check_lines(done: Commissioning) -> str:
    """Return a line for each check."""
    return "\n".join(f"{check.status.upper():<10}  {check.name}: {check.sentence}" for check in done.checks)


def suggested_destination(done: Commissioning) -> str:
    """Return how the peer may be written in NODE_DESTINATIONS, with the proofs that were seen to work."""
    words = [_WORDS[check.name] for check in done.checks if check.name in _WORDS and check.status is Status.PASSED]
    if done.peer.tls is not None:
        words.append("tls=yes" if done.peer.tls.checks_name else "tls=any-name")
    return str(done.peer) + ("?" + "&".join(sorted(words)) if words else "")


def page(done: Commissioning) -> str:
    """Return the commissioning report in Markdown."""
    checks = [(check.name, f"**{check.status}**", _cell(check.sentence)) for check in done.checks]
    counts = ", ".join(f"{sum(one.status is status for one in done.checks)} {status}" for status in Status)
    known = "is" if done.profile is not None else "is not yet"
    parts = [
        f"# Commissioning of {done.peer}",
        f"{done.at:%Y-%m-%d %H:%M} UTC, node `{settings.NODE_AE_TITLE}`. {counts}. {RESEARCH_USE_ONLY}",
        'Test objects carry the Patient ID MAMMONODE-TEST and "TEST OBJECT, NO PATIENT"; they may be deleted. '
        f"This one's study: `{done.study_instance_uid}`.",
        "## Checks",
        conformance.table(("check", "outcome", "what was seen, what to do next"), checks),
        f"The peer {known} a destination of this node. With the proofs seen above it would be written:\n\n"
        f"```\nNODE_DESTINATIONS={suggested_destination(done)}\n```",
        entity_table(done.peer),
    ]
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def write(done: Commissioning) -> Path:
    """Write the report into the data folder and return its path."""
    folder: Path = settings.NODE_DATA_DIR / "commissioning"
    folder.mkdir(parents=True, exist_ok=True)
    title = re.sub(r"[^A-Za-z0-9_-]", "_", done.peer.ae_title)
    path = folder / f"{done.at:%Y%m%dT%H%M%S.%f}-{title}.md"
    path.write_text(page(done), encoding="utf-8")
    return path
