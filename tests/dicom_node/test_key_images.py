"""Key images and presentation states: what stands in the pixels, and what independent programs say of the object."""

import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset

from dicom_node.convert import convert
from dicom_node.errors import ReportError
from dicom_node.keyimage import key_image
from dicom_node.marks import Mark
from dicom_node.overlay import HeatMap, blend, png
from dicom_node.picture import MARK_COLOUR
from dicom_node.presentation_state import presentation_state
from dicom_node.sr.content import ImageResult, Label, ReportContent, StudyResult
from tests.dicom_node.sr.cases import ALGORITHM, CREATED_AT, OPERATING_POINT, content_of
from tests.synthetic import make_mg, make_study, write


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


def test_what_is_drawn_does_not_change_the_uid_but_round_and_image_do(image: FileDataset) -> None:
    content = _content(image)
    other = make_mg(laterality=image.ImageLaterality, view="MLO")
    plain = key_image(content, image, _grey())
    assert key_image(content, image, _grey(), _heat()).SOPInstanceUID == plain.SOPInstanceUID
    again = key_image(replace(content, round_number=2), image, _grey())
    assert again.SOPInstanceUID != plain.SOPInstanceUID
    assert (again.SeriesInstanceUID, again.InstanceNumber != plain.InstanceNumber) == (plain.SeriesInstanceUID, True)
    assert key_image(_content(other), other, _grey()).SOPInstanceUID != plain.SOPInstanceUID
    state = presentation_state(content, image, [Mark(str(image.SOPInstanceUID), 300, 500, 0.8)])
    assert len({state.SOPInstanceUID, state.SeriesInstanceUID, plain.SOPInstanceUID, plain.SeriesInstanceUID}) == 4


def test_images_of_one_series_have_different_numbers() -> None:
    study = make_study(seed=5, rows=64, columns=48)
    content = content_of(study)
    made = [key_image(content, header, _grey(64, 48)) for header in study]
    made += [presentation_state(content, header, [Mark(str(header.SOPInstanceUID), 9, 9, 0.5)]) for header in study]
    assert len({(ds.SeriesInstanceUID, ds.InstanceNumber) for ds in made}) == len(made)
    assert len({ds.SeriesInstanceUID for ds in made}) == 4  # a kind, a side


@pytest.mark.parametrize("outlined", [False, True], ids=["circle", "outline"])
def test_a_mark_is_drawn_around_its_place_and_not_over_it(image: FileDataset, outlined: bool) -> None:
    outline = ((250.0, 450.0), (350.0, 450.0), (350.0, 550.0), (250.0, 550.0)) if outlined else ()
    mark = Mark(str(image.SOPInstanceUID), 300, 500, 0.8, outline)
    body = key_image(_content(image), image, _grey(), marks=[mark]).pixel_array[round(768 / 13) :]
    drawn = (body == MARK_COLOUR).all(axis=2)
    rows, columns = np.nonzero(drawn[:, :358])  # right of it stands the probability
    reach = 50 if outlined else 768 // 24
    assert (rows.min(), rows.max()) == pytest.approx((500 - reach, 500 + reach), abs=3)
    assert columns.min() == pytest.approx(300 - reach, abs=3)
    assert not drawn[490:511, 290:311].any()
    assert drawn[470:530, 358:450].any()


def test_a_mark_of_another_image_is_not_drawn(image: FileDataset) -> None:
    elsewhere = Mark("1.2.3", 300, 500, 0.8)
    body = key_image(_content(image), image, _grey(), marks=[elsewhere]).pixel_array
    assert not (body == MARK_COLOUR).all(axis=2).any()
    with pytest.raises(ReportError, match="no mark"):
        presentation_state(_content(image), image, [elsewhere])


def test_the_polarity_of_the_file_does_not_show(tmp_path: Path) -> None:
    plain = make_mg(rows=128, columns=96)
    inverse = make_mg(rows=128, columns=96, photometric="MONOCHROME1")
    pictures = [
        key_image(_content(ds), ds, convert(write(ds, tmp_path / f"{ds.PhotometricInterpretation}.dcm")).pixels)
        for ds in (plain, inverse)
    ]
    first, second = (picture.pixel_array.astype(int) for picture in pictures)
    assert np.abs(first - second).max() <= 1
    assert {picture.PhotometricInterpretation for picture in pictures} == {"RGB"}
    mark = [Mark(str(plain.SOPInstanceUID), 30, 50, 0.8)]
    assert presentation_state(_content(plain), plain, mark).PresentationLUTShape == "IDENTITY"
    assert presentation_state(_content(inverse), inverse, mark).PresentationLUTShape == "INVERSE"


@pytest.mark.peer("dcmp2pgm")
def test_dcmtk_shows_both_polarities_alike_through_their_states(tmp_path: Path) -> None:
    shown = []
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        ds = make_mg(rows=256, columns=192, photometric=photometric, patient_name="Phantom^Plain")
        state = presentation_state(_content(ds), ds, [Mark(str(ds.SOPInstanceUID), 60, 130, 0.8)])
        paths = [write(ds, tmp_path / "image.dcm"), tmp_path / "state.dcm", tmp_path / f"{photometric}.pgm"]
        paths[1].write_bytes(_bytes(state))
        command = ["dcmp2pgm", "-p", str(paths[1]), str(paths[0]), str(paths[2])]
        subprocess.run(command, capture_output=True, timeout=240, check=True)
        with Image.open(paths[2]) as picture:
            shown.append(np.asarray(picture).astype(int))
    assert np.abs(shown[0] - shown[1]).max() <= 1
    assert shown[0][0, -1] < 10  # air is black
    assert shown[0].max() > 100


def test_png_holds_the_same_pixels(image: FileDataset) -> None:
    pixels = key_image(_content(image), image, _grey(), _heat()).pixel_array
    with Image.open(BytesIO(png(pixels))) as picture:
        assert (picture.format, picture.mode, picture.info) == ("PNG", "RGB", {})
        assert np.array_equal(np.asarray(picture), pixels)


def test_the_colours_are_explained_where_there_is_heat(image: FileDataset) -> None:
    below = round(768 / 13) + 1024
    plain = key_image(_content(image), image, _grey()).pixel_array[below:]
    warm = key_image(_content(image), image, _grey(), _heat()).pixel_array[below:]
    assert np.ptp(plain, axis=2).max() == 0
    assert np.ptp(warm, axis=2).max() > 100


def test_drawing_leaves_the_header_as_it_was(image: FileDataset) -> None:
    image.WindowCenter, image.WindowWidth = [2000, 2100], [3000, 2500]
    before = _bytes(image)
    presentation_state(_content(image), image, [Mark(str(image.SOPInstanceUID), 300, 500, 0.8)])
    assert _bytes(image) == before


def test_an_image_in_colour_gets_no_grayscale_state(image: FileDataset) -> None:
    image.SamplesPerPixel = 3
    with pytest.raises(ReportError, match="colour"):
        presentation_state(_content(image), image, [Mark(str(image.SOPInstanceUID), 300, 500, 0.8)])


def test_lossy_compression_is_confessed(image: FileDataset) -> None:
    assert "LossyImageCompression" not in key_image(_content(image), image, _grey())
    image.LossyImageCompression, image.LossyImageCompressionRatio = "01", "9.5"
    image.LossyImageCompressionMethod = "ISO_10918_1"
    made = key_image(_content(image), image, _grey())
    assert (made.LossyImageCompression, made.LossyImageCompressionRatio) == ("01", 9.5)


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
    assert [line for line in said.splitlines() if line.startswith(("Error", "Warning"))] == []
    assert "Test passed" in _complaints(["dcmpschk"], state, tmp_path / "p.dcm")
    shapes = state.GraphicAnnotationSequence[0].GraphicObjectSequence
    assert [shape.GraphicType for shape in shapes] == ["CIRCLE", "POLYLINE"]
