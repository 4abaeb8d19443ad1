"""A drawn breast in four views: something to send when no real film can be had."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.uid import ExplicitVRLittleEndian

from scripts.demo.modality import Examination, Exposure, Machine
from scripts.demo.pixel_statistics import measure

ROWS, COLUMNS, BITS_STORED = 2294, 1914, 12
_VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))

EXAMINATION = Examination(
    patient_id="DEMO-PHANTOM",
    patient_name="Phantom^Drawn",
    study_date="20200101",
    study_time="090000",
    description="Drawn phantom, four views",
    machine=Machine("Mammonode demo", "Drawn phantom", "SCINTILLATOR", "LOG", ("DERIVED", "PRIMARY"), 0.1),
)


def draw_exposures(seed: int = 2) -> tuple[Exposure, ...]:
    """Return the four standard views, 12 bit, uncompressed; the same seed draws the same breast."""
    random = np.random.default_rng(seed)
    return tuple(
        _expose(number, laterality, view, draw(random, laterality, view))
        for number, (laterality, view) in enumerate(_VIEWS, start=1)
    )


def draw(random: np.random.Generator, laterality: str, view: str) -> NDArray[np.uint16]:
    """Return one view, (ROWS, COLUMNS), 0 to 4095: a breast of clouds, in an MLO with its muscle."""
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float32)
    depth = 1 - np.hypot(columns / (0.62 * COLUMNS), (rows - 0.52 * ROWS) / (0.36 * ROWS))
    breast = np.clip(depth * 6, 0, 1)
    tissue = _clouds(random, 90) * 0.5 + _clouds(random, 25) * 0.3 + _clouds(random, 6) * 0.2
    level = breast * (0.25 + 0.55 * tissue * np.clip(depth * 2, 0, 1))
    if view == "MLO":
        muscle = np.clip((0.32 * COLUMNS - columns - 0.5 * rows) / 60, 0, 1)
        level = np.maximum(level, muscle * (0.60 + 0.15 * tissue))
    noise = random.normal(0, 0.006, level.shape).astype(np.float32)
    level = np.where(level > 0, np.clip(level + noise, 0.001, 1), 0)
    drawn = np.round(level * (2**BITS_STORED - 1)).astype(np.uint16)
    return drawn if laterality == "L" else np.ascontiguousarray(drawn[:, ::-1])


def _clouds(random: np.random.Generator, size: int) -> NDArray[np.float32]:
    """Return smooth noise, 0 to 1, whose patches are about `size` pixels wide."""
    coarse = random.random((ROWS // size + 2, COLUMNS // size + 2), dtype=np.float32)
    smooth = cv2.resize(coarse, (COLUMNS, ROWS), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth, 0, 1).astype(np.float32)


def _expose(number: int, laterality: str, view: str, pixels: NDArray[np.uint16]) -> Exposure:
    return Exposure(
        number=number,
        laterality=laterality,
        view=view,
        rows=ROWS,
        columns=COLUMNS,
        bits_stored=BITS_STORED,
        encoded=pixels.astype("<u2").tobytes(),
        transfer_syntax_uid=ExplicitVRLittleEndian,
        statistics=measure(pixels),
        comments="Drawn by a program; shows no human being.",
    )
