"""Key images and presentation states: what stands in the pixels, and what independent programs say of the object."""

import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset

from dicom_node.errors import ReportError
from dicom_node.keyimage import key_image
from dicom_node.marks import Mark
from dicom_node.overlay import HeatMap, blend
from dicom_node.presentation_state import presentation_state
from dicom_node.sr.content import ImageResult, Label, ReportContent, StudyResult
from tests.dicom_node.sr.cases import ALGORITHM, CREATED_AT, OPERATING_POINT
from tests.synthetic import make_mg


def _content(image: Dataset) -> ReportContent:
    result = ImageResult(
        str(image.SOPInstanceUID), str(image.ImageLaterality), str(image.ViewPosition), 0.875, Label.MALIGNANT
    )
    study = StudyResult(0.875, Label.MALIGNANT)
    uid = str(image.StudyInstanceUID)
    return ReportContent(uid, 1, CREATED_AT, ALGORITHM, OPERATING_POINT, images=(result,), study=study)


def _grey(rows: int = 1024, columns: int = 768) -> NDArray[np.uint16]:
    return np.full((rows, columns), 20000, np.uint16)


def _heat() -> HeatMap:
    return HeatMap(np.ones((2, 2), np.float32), (200, 400, 400, 600))


def _bytes(ds: Dataset) -> bytes:
    buffer = BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _complaints(program: list[str], ds: Dataset, path: Path) -> str:
    path.write_bytes(_bytes(ds))
    done = subprocess.run(
        [*program, str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240, check=False
    )
    return done.stdout


@pytest.fixture(params=["L", "R"])
def image(request: pytest.FixtureRequest) -> FileDataset:
    return make_mg(laterality=request.param)


def test_overlay_colours_where_the_heat_is_and_nowhere_else() -> None:
    heat = np.zeros((20, 20), np.float32)
    heat[5:10, 5:10] = 0.9
    picture = blend(np.full((20, 20), 0.5, np.float32), heat)
    coloured = picture[..., 0] != picture[..., 2]
    assert np.array_equal(coloured, heat > 0)


def test_key_image_is_coloured_in_the_box_of_the_heat_only(image: FileDataset) -> None:
    pixels = key_image(_content(image), image, _grey(), _heat()).pixel_array
    above = round(768 / 13)
    body = pixels[above : above + 1024]
    coloured = (body[..., 0] != body[..., 1]) | (body[..., 1] != body[..., 2])
    rows, columns = np.nonzero(coloured)
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == (400, 600, 200, 400)


def test_banner_fills_most_of_the_width(image: FileDataset) -> None:
    pixels = key_image(_content(image), image, _grey()).pixel_array
    columns = np.nonzero(pixels[: round(768 / 13)].any(axis=(0, 2)))[0]
    assert columns.max() - columns.min() > 768 * 0.7


def test_laterality_marker_stands_away_from_the_chest_wall(image: FileDataset) -> None:
    above = round(768 / 13)
    body = key_image(_content(image), image, _grey()).pixel_array[above : above + 200]
    bright = np.nonzero((body == 255).all(axis=(0, 2)) | (body == 255).all(axis=2).any(axis=0))[0]
    assert (bright.min() > 384) == (image.PatientOrientation[0] == "A")
    assert (bright.max() < 384) == (image.PatientOrientation[0] == "P")


@pytest.mark.parametrize("shape", [(3000, 1500), (1500, 3000)], ids=["portrait", "landscape"])
def test_a_large_image_is_brought_to_2048_pixels(image: FileDataset, shape: tuple[int, int]) -> None:
    made = key_image(_content(image), image, _grey(*shape), HeatMap(np.ones((3, 3), np.float32)))
    assert made.Columns == (1024 if shape[0] > shape[1] else 2048)
    assert made.BurnedInAnnotation == "YES"
    assert "2048" in made.DerivationDescription


def test_same_content_makes_the_same_bytes(image: FileDataset) -> None:
    content, marks = _content(image), [Mark(str(image.SOPInstanceUID), 300, 500, 0.8)]
    assert _bytes(key_image(content, image, _grey(), _heat())) == _bytes(key_image(content, image, _grey(), _heat()))
    assert _bytes(presentation_state(content, image, marks)) == _bytes(presentation_state(content, image, marks))


def test_a_mark_outside_its_image_is_refused(image: FileDataset) -> None:
    with pytest.raises(ReportError, match="outside"):
        key_image(_content(image), image, _grey(), marks=[Mark(str(image.SOPInstanceUID), 769, 5, 0.8)])


@pytest.mark.peer("dciodvfy")
def test_key_image_is_valid(image: FileDataset, tmp_path: Path) -> None:
    said = _complaints(["dciodvfy", "-new"], key_image(_content(image), image, _grey(), _heat()), tmp_path / "k.dcm")
    assert "SCImage" in said
    assert [line for line in said.splitlines() if line.startswith("Error")] == []
    read = dcmread(tmp_path / "k.dcm")
    assert read.Laterality == image.ImageLaterality
    assert read.SourceImageSequence[0].ReferencedSOPInstanceUID == image.SOPInstanceUID


@pytest.mark.peer("dciodvfy")
@pytest.mark.peer("dcmpschk")
def test_presentation_state_is_valid_even_when_the_image_has_two_windows(image: FileDataset, tmp_path: Path) -> None:
    image.PatientName = "Phantom^Plain"  # dcmpschk calls every UTF-8 name a fault
    image.WindowCenter, image.WindowWidth = [2000, 2100], [3000, 2500]
    uid = str(image.SOPInstanceUID)
    marks = [Mark(uid, 300, 500, 0.8), Mark(uid, 100, 90, 0.5, ((80, 80), (120, 80), (100, 110)))]
    state = presentation_state(_content(image), image, marks)
    said = _complaints(["dciodvfy", "-new"], state, tmp_path / "p.dcm")
    assert [line for line in said.splitlines() if line.startswith("Error")] == []
    assert "Test passed" in _complaints(["dcmpschk"], state, tmp_path / "p.dcm")
    shapes = state.GraphicAnnotationSequence[0].GraphicObjectSequence
    assert [shape.GraphicType for shape in shapes] == ["CIRCLE", "POLYLINE"]
