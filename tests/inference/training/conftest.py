"""Films made by code, laid out on disk as the real ones are."""

import csv
import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.contract import InputSpec

SPEC = InputSpec(128, 64)
FIELDS = (
    "file",
    "source",
    "patient_id",
    "laterality",
    "view",
    "label",
    "official_split",
    "density",
    "birads",
    "lesions",
    "lesion_labels",
    "width",
    "height",
    "aspect_hw",
    "licence",
    "sha256",
)


def draw_film(lesion: tuple[int, int, int, int], bright: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Half an ellipse of tissue at the left edge with one bright lesion."""
    row, column = np.mgrid[:200, :200]
    film = np.where(((row - 100) / 80) ** 2 + (column / 140) ** 2 < 1, 90 + (row + column) % 20, 3)
    left, top, width, height = lesion
    film[top : top + height, left : left + width] = bright
    return film.astype(np.uint8)


@pytest.fixture(scope="session")
def films_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve patients with two films each in the train split, two in the test split, one from elsewhere."""
    root = tmp_path_factory.mktemp("films")
    rows = []
    for patient in range(15):
        for view in ("CC", "MLO"):
            malignant, elsewhere = patient % 2 == 1, patient == 14
            box = (30 + 2 * patient, 80, 24, 20)
            name = f"p{patient:02d}_{view}.png"
            cv2.imwrite(str(root / name), draw_film(box, 250 if malignant else 180))
            digest = hashlib.sha256((root / name).read_bytes()).hexdigest()
            rows.append(
                {
                    "file": name,
                    "source": "DDSM normal case" if elsewhere else "CBIS-DDSM mass",
                    "patient_id": f"P{patient:02d}",
                    "laterality": "L",
                    "view": view,
                    "label": "normal" if elsewhere else "malignant" if malignant else "benign",
                    "official_split": "" if elsewhere else "test" if patient >= 12 else "train",
                    "density": "2",
                    "birads": "5" if malignant else "3",
                    "lesions": "" if elsewhere else ",".join(map(str, box)),
                    "lesion_labels": "" if elsewhere else "M" if malignant else "B",
                    "width": 200,
                    "height": 200,
                    "aspect_hw": 1.75,
                    "licence": "none",
                    "sha256": digest,
                }
            )
    with (root / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, FIELDS)
        table.writeheader()
        table.writerows(rows)
    return root
