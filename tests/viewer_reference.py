"""What the reference conversion makes of synthetic headers, for the viewer's own tests.

``python -m tests.viewer_reference`` writes the file that the viewer's tests read; a test compares it with
what the conversion gives now, so that the two cannot drift apart.
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydicom.dataset import FileDataset

from dicom_node.metadata import to_dicom_json
from dicom_node.pixel_form import pixel_form
from dicom_node.voi import presentation_table
from tests import synthetic

PATH: Final = Path("frontend/src/features/viewer/logic/reference.json")
_KEPT: Final = ("0028", "2050", "0018", "0020", "0054")
_SAMPLES: Final = 65


def cases() -> dict[str, FileDataset]:
    """Return one small image for each way of coming to grey levels."""
    found = {
        f"{voi or 'no window'}, {photometric}, {'signed' if signed else 'unsigned'}": synthetic.make_mg(
            rows=16, columns=16, bits_stored=10, voi=voi, photometric=photometric, signed=signed
        )
        for voi in ("LINEAR", "LINEAR_EXACT", "SIGMOID", "LUT", None)
        for photometric in ("MONOCHROME2", "MONOCHROME1")
        for signed in (False, True)
    }
    found["8 bits"] = synthetic.make_mg(rows=16, columns=16, bits_stored=8)
    padded = synthetic.make_mg(rows=16, columns=16, bits_stored=10, photometric="MONOCHROME1")
    padded.PixelPaddingValue, padded.PixelPaddingRangeLimit = 1023, 1000
    found["padding, MONOCHROME1"] = padded
    rescaled = synthetic.make_mg(rows=16, columns=16, bits_stored=10)
    rescaled.RescaleSlope, rescaled.RescaleIntercept = "-2.5", "3000"
    found["negative slope"] = rescaled
    narrow = synthetic.make_mg(rows=16, columns=16, bits_stored=10)
    narrow.WindowCenter, narrow.WindowWidth = "500", "1"
    found["window of width 1"] = narrow
    return found


def reference() -> list[dict[str, Any]]:
    """Return header, sampled cells and their levels for each case."""
    return [_entry(name, image) for name, image in cases().items()]


def _entry(name: str, image: FileDataset) -> dict[str, Any]:
    header = FileDataset("", image, file_meta=image.file_meta)
    del header.PixelData
    form = pixel_form(header)
    dtype = np.dtype(np.uint8 if form.bits_allocated == 8 else np.uint16)
    table, source = presentation_table(header, form, dtype)
    cells = np.unique(np.linspace(0, table.size - 1, _SAMPLES).astype(int).tolist() + list(range(0, 1024, 31)))
    cells = cells[cells < table.size]
    attributes = to_dicom_json(header, "1.2.840.10008.1.2.1", "")
    kept = {tag: value for tag, value in attributes.items() if tag.startswith(_KEPT) and tag[:4] != "7FE0"}
    return {
        "name": name,
        "source": source.value,
        "header": kept,
        "cells": cells.tolist(),
        "levels": table[cells].tolist(),
    }


def as_text() -> str:
    """Return the file's content."""
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in reference())
    return f"[\n{lines}\n]\n"


if __name__ == "__main__":
    PATH.write_text(as_text(), encoding="utf-8")
