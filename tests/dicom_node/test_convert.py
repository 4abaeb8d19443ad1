"""File to grey levels: the whole way, as a display would show the image."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit

from dicom_node.convert import GreyImage, VoiSource, convert
from dicom_node.errors import ConversionError
from tests.encoders import LOSSLESS, NATIVE
from tests.synthetic import breast_phantom, make_mg, make_secondary_capture, write

ROWS, COLUMNS = 120, 90
WHITE = 65_535


def converted(path: Path, transfer_syntax: str = ExplicitVRLittleEndian, **options: object) -> GreyImage:
    ds = make_mg(rows=ROWS, columns=COLUMNS, **options)  # type: ignore[arg-type]
    return convert(write(ds, path / "image.dcm", transfer_syntax))


def full_range(bits: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    stored = breast_phantom(rows=ROWS, columns=COLUMNS, bits=bits).astype(np.float64)
    return np.asarray(np.rint(stored * (WHITE / (2**bits - 1))))


@pytest.mark.parametrize("bits", range(8, 17))
def test_every_depth_fills_the_range_from_black_to_white(tmp_path: Path, bits: int) -> None:
    grey = converted(tmp_path, bits_stored=bits, voi=None)

    assert grey.pixels.dtype == np.uint16
    assert grey.voi is VoiSource.NONE
    assert np.array_equal(grey.pixels, full_range(bits))


@pytest.mark.parametrize("voi", ["LINEAR", "LINEAR_EXACT", "SIGMOID", "LUT"])
def test_the_window_used_is_recorded(tmp_path: Path, voi: str) -> None:
    assert converted(tmp_path, voi=voi).voi is VoiSource[voi]


@pytest.mark.parametrize("voi", ["LINEAR", "LINEAR_EXACT", "SIGMOID", "LUT", None])
@pytest.mark.parametrize("signed", [False, True])
def test_a_negative_of_the_same_image_looks_the_same(tmp_path: Path, voi: str | None, signed: bool) -> None:
    positive = converted(tmp_path, voi=voi)
    negative = converted(tmp_path, voi=voi, photometric="MONOCHROME1", signed=signed)

    # one level where the window falls on exactly half a level
    assert np.abs(positive.pixels.astype(int) - negative.pixels).max() <= 1


@pytest.mark.parametrize("transfer_syntax", [*NATIVE, *LOSSLESS], ids=lambda uid: uid.keyword)
@pytest.mark.parametrize("voi", ["LINEAR", "LUT"])
def test_grey_levels_do_not_depend_on_the_transfer_syntax(tmp_path: Path, transfer_syntax: str, voi: str) -> None:
    plain = converted(tmp_path, voi=voi)

    assert np.array_equal(converted(tmp_path, transfer_syntax, voi=voi).pixels, plain.pixels)


def test_eight_bits_in_jpeg_are_windowed_too(tmp_path: Path) -> None:
    plain = converted(tmp_path, bits_stored=8)
    lossy = converted(tmp_path, JPEGBaseline8Bit, bits_stored=8)

    assert np.abs(plain.pixels.astype(int) - lossy.pixels).max() < 0.04 * WHITE


def test_implicit_vr_is_read_with_its_ambiguous_attributes(tmp_path: Path) -> None:
    ds = make_mg(rows=ROWS, columns=COLUMNS, voi="LUT", signed=True)
    ds.add_new(0x00280120, "SS", -2048)

    explicit = convert(write(ds, tmp_path / "explicit.dcm"))
    implicit = convert(write(ds, tmp_path / "implicit.dcm", ImplicitVRLittleEndian))

    assert np.array_equal(explicit.pixels, implicit.pixels)
    assert not implicit.pixels[breast_phantom(rows=ROWS, columns=COLUMNS, bits=12) == 0].any()


def test_padding_is_black_whatever_the_photometric_interpretation(tmp_path: Path) -> None:
    pixels = breast_phantom(rows=ROWS, columns=COLUMNS, bits=12)
    pixels[:, -10:] = 0
    for photometric, padding in (("MONOCHROME2", 0), ("MONOCHROME1", 4095)):
        ds = make_mg(pixels=pixels, photometric=photometric, voi=None)
        ds.PixelPaddingValue = padding
        grey = convert(write(ds, tmp_path / "image.dcm"))
        assert not grey.pixels[:, -10:].any()


@pytest.mark.parametrize("level", [0, 1000, 4095])
@pytest.mark.parametrize("voi", ["LINEAR", "SIGMOID", None])
def test_flat_images_survive(tmp_path: Path, level: int, voi: str | None) -> None:
    ds = make_mg(pixels=np.full((ROWS, COLUMNS), level, np.uint16), voi=voi)

    pixels = convert(write(ds, tmp_path / "image.dcm")).pixels

    assert pixels.shape == (ROWS, COLUMNS)
    assert pixels.min() == pixels.max()


def test_an_image_that_is_all_padding_is_black(tmp_path: Path) -> None:
    ds = make_mg(pixels=np.full((ROWS, COLUMNS), 77, np.uint16))
    ds.PixelPaddingValue = 77

    assert not convert(write(ds, tmp_path / "image.dcm")).pixels.any()


def test_a_film_without_a_window_shows_its_stored_range(tmp_path: Path) -> None:
    grey = convert(write(make_secondary_capture(rows=ROWS, columns=COLUMNS), tmp_path / "image.dcm"))

    assert grey.voi is VoiSource.NONE
    assert np.array_equal(grey.pixels, breast_phantom(rows=ROWS, columns=COLUMNS, bits=16))


def test_the_image_keeps_its_own_orientation_and_aspect(tmp_path: Path) -> None:
    ds = make_mg(laterality="R", rows=ROWS, columns=COLUMNS, voi=None)
    ds.ImagerPixelSpacing = ["0.2", "0.1"]

    grey = convert(write(ds, tmp_path / "image.dcm"))

    assert grey.pixel_aspect == 2.0
    assert grey.pixels[:, COLUMNS // 2 :].mean() > grey.pixels[:, : COLUMNS // 2].mean()


def test_the_time_of_each_step_is_given(tmp_path: Path) -> None:
    grey = converted(tmp_path)

    assert grey.decode_ms > 0
    assert grey.window_ms > 0


def test_what_is_no_dicom_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    for content in (b"", b"DICM", bytes(10_000), b"\x89PNG\r\n" + bytes(500)):
        path.write_bytes(content)
        with pytest.raises(ConversionError, match=r"\.$"):
            convert(path)
