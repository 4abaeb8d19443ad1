"""One film, three doors: DICOM, an uploaded picture and the training's loader give the network the same tensor."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.uid import JPEGExtended12Bit

from dicom_node.convert import convert
from inference.contract import InputSpec, View
from inference.preprocess import to_tensor
from inference.training.data import Film, load_view
from tests.encoders import EVERY_TRANSFER_SYNTAX, LOSSY
from tests.synthetic import breast_phantom, make_mg, write
from webapp.diagnosis.pictures import read_picture

SPEC = InputSpec(320, 160)
STEP = 2.5 / 255
"""Two grey levels of eight bits and a half: what rounding in another order may cost."""


def phantom(seed: int) -> NDArray[np.uint8]:
    """A left breast of eight bits."""
    drawn = breast_phantom(laterality="L", view="CC", rows=512, columns=384, bits=8, seed=seed, lesion=True)
    return drawn.astype(np.uint8)


def tensor_of(view: View) -> NDArray[np.float32]:
    return to_tensor(view, SPEC).tensor


def through_dicom(pixels: NDArray[np.uint8], transfer_syntax: str, folder: Path) -> NDArray[np.float32]:
    bits = 12 if transfer_syntax == JPEGExtended12Bit else 8
    levels = np.left_shift(pixels.astype(np.uint16), bits - 8, dtype=np.uint16)
    ds = make_mg(pixels=levels, bits_stored=bits, voi=None, transfer_syntax=transfer_syntax)
    grey = convert(write(ds, folder / "film.dcm"))
    return tensor_of(View("dicom", grey.pixels, grey.pixel_aspect, "L", "CC"))


def png(pixels: NDArray[np.uint8]) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, format="PNG")
    return content.getvalue()


def through_training(pixels: NDArray[np.uint8], folder: Path) -> NDArray[np.float32]:
    content = png(pixels)
    (folder / "film.png").write_bytes(content)
    rows, columns = pixels.shape
    film = Film(
        file="film.png",
        source="made by code",
        patient_id="P",
        laterality="L",
        view="CC",
        label="benign",
        split="train",
        density="2",
        birads="3",
        lesions=(),
        width=columns,
        height=rows,
        aspect_hw=rows / columns,
        licence="none",
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return tensor_of(load_view(folder, film))


@pytest.mark.parametrize("transfer_syntax", EVERY_TRANSFER_SYNTAX, ids=lambda uid: uid.keyword)
def test_a_film_in_any_transfer_syntax_is_the_tensor_that_training_saw(transfer_syntax: str, tmp_path: Path) -> None:
    pixels = phantom(1)
    learnt = through_training(pixels, tmp_path)
    served = through_dicom(pixels, transfer_syntax, tmp_path)
    if transfer_syntax in LOSSY:
        assert float(np.abs(served - learnt).mean()) < STEP
    else:
        assert float(np.abs(served - learnt).max()) < STEP


def test_an_uploaded_picture_is_the_tensor_that_training_saw(tmp_path: Path) -> None:
    pixels = phantom(1)
    levels = read_picture(io.BytesIO(png(pixels)), "PNG").pixels
    served = tensor_of(View("upload", levels))
    assert np.array_equal(served, through_training(pixels, tmp_path))


def test_another_film_is_another_tensor(tmp_path: Path) -> None:
    one, two = (through_training(phantom(seed), tmp_path) for seed in (1, 2))
    assert float(np.abs(one - two).mean()) > 2 * STEP
