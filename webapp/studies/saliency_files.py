"""Heat maps of studies, one PNG an image and round, in the data folder. Derived: an analysis makes them again."""

import hashlib
import logging
import os
from pathlib import Path

from django.conf import settings
from numpy import float32
from numpy.typing import NDArray

from dicom_node import overlay
from webapp.studies.models import Round

_log = logging.getLogger(__name__)


def keep(round_: Round, sop_instance_uid: str, heat: NDArray[float32]) -> str:
    """Write the map of one image and return its name; empty where it cannot be written. The report matters more."""
    key = f"{round_.study.study_instance_uid}/{round_.number}/{sop_instance_uid}"
    name = f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.png"
    path = path_of(name)
    draft = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(overlay.transparent_png(heat))
        draft.replace(path)
    except OSError as error:
        _log.error("no heat map of image %s: %s", sop_instance_uid, error.strerror)
        draft.unlink(missing_ok=True)
        return ""
    return name


def path_of(name: str) -> Path:
    """Return where the map of this name lies."""
    folder: Path = settings.NODE_DERIVED_DIR
    return folder / "studies" / name[:2] / name
