"""The synthetic objects are what they claim to be, by an independent validator."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import HTJ2K, DeflatedExplicitVRLittleEndian, HTJ2KLossless, HTJ2KLosslessRPCL, JPEGBaseline8Bit

from tests.encoders import EVERY_TRANSFER_SYNTAX
from tests.synthetic import EXPECTED_VIEWS, PATIENT_NAME, breast_phantom, make_mg, make_study, write

OPTIONS: list[dict[str, Any]] = [
    {},
    {"laterality": "R", "view": "MLO"},
    {"view": "XCCL"},
    {"view": "SPECIMEN"},
    {"bits_stored": 8},
    {"bits_stored": 16, "voi": "LUT"},
    {"photometric": "MONOCHROME1", "voi": "LUT"},
    {"photometric": "MONOCHROME1"},
    {"voi": "SIGMOID"},
    {"voi": "LINEAR_EXACT"},
    {"for_processing": True},
    {"tomosynthesis": True},
    {"implant": True, "modifiers": ["IMPLANT_DISPLACED"]},
    {"modifiers": ["SPOT", "MAGNIFICATION"], "magnification": True},
    {"partial_view": True},
    {"flip_horizontal": True, "flip_vertical": True},
]

# dicom3tools cannot inflate, and is older than HTJ2K
UNKNOWN = {DeflatedExplicitVRLittleEndian, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K}
KNOWN_TO_THE_VALIDATOR = [uid for uid in EVERY_TRANSFER_SYNTAX if uid not in UNKNOWN]


def validate(path: Path) -> None:
    done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True)
    # it may find errors and still exit with 0
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr, done.stderr


@pytest.mark.peer("dciodvfy")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_object_is_valid(tmp_path: Path, options: dict[str, Any]) -> None:
    validate(write(make_mg(rows=200, columns=150, **options), tmp_path / "image.dcm"))


@pytest.mark.peer("dciodvfy")
@pytest.mark.parametrize("transfer_syntax", KNOWN_TO_THE_VALIDATOR, ids=lambda uid: uid.keyword)
def test_every_encoded_object_is_valid(tmp_path: Path, transfer_syntax: str) -> None:
    bits = 8 if transfer_syntax == JPEGBaseline8Bit else 12
    ds = make_mg(rows=200, columns=150, bits_stored=bits)
    validate(write(ds, tmp_path / "image.dcm", transfer_syntax))


@pytest.mark.peer("dcentvfy")
def test_the_four_views_of_a_study_agree_with_each_other(tmp_path: Path) -> None:
    paths = [
        str(write(ds, tmp_path / f"{number}.dcm"))
        for number, ds in enumerate(make_study(seed=7, rows=200, columns=150))
    ]
    done = subprocess.run(["dcentvfy", *paths], capture_output=True, text=True)

    assert "Error" not in done.stdout + done.stderr


def test_a_study_is_four_objects_of_one_patient() -> None:
    study = make_study(seed=3, rows=200, columns=150)

    assert [(ds.ImageLaterality, ds.ViewPosition) for ds in study] == list(EXPECTED_VIEWS)
    assert len({ds.SOPInstanceUID for ds in study}) == 4
    assert len({ds.StudyInstanceUID for ds in study}) == len({ds.SeriesInstanceUID for ds in study}) == 1
    assert {str(ds.PatientName) for ds in study} == {PATIENT_NAME}


def test_the_same_seed_makes_the_same_bytes(tmp_path: Path) -> None:
    first = write(make_mg(seed=5, rows=200, columns=150), tmp_path / "first.dcm").read_bytes()
    breast_phantom.__globals__["_levels"].cache_clear()
    second = write(make_mg(seed=5, rows=200, columns=150), tmp_path / "second.dcm").read_bytes()
    other = write(make_mg(seed=6, rows=200, columns=150), tmp_path / "other.dcm").read_bytes()

    assert first == second
    assert first != other


def test_the_name_survives_writing_and_reading(tmp_path: Path) -> None:
    path = write(make_mg(rows=200, columns=150), tmp_path / "image.dcm")

    assert str(dcmread(path).PatientName) == PATIENT_NAME
    assert not PATIENT_NAME.isascii()


def test_a_phantom_looks_like_a_breast() -> None:
    left, right = breast_phantom(laterality="L"), breast_phantom(laterality="R")

    assert np.array_equal(left, np.fliplr(right))
    assert (left == 0).mean() > 0.2
    assert left[:, :100].mean() > 5 * left[:, -100:].mean()
    assert breast_phantom(lesion=True).sum() > left.sum()
