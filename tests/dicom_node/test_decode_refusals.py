"""Images whose pixels cannot be right, or have a form that is not converted, are refused in words."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG2MPML,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from dicom_node.decode import decode
from dicom_node.errors import ConversionError, UnsupportedPixels
from tests.encoders import EVERY_TRANSFER_SYNTAX, NATIVE, encode_frame
from tests.synthetic import breast_phantom, encode, make_mg, set_pixels, write

ROWS, COLUMNS = 120, 90


def phantom(bits: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint16]]":
    return breast_phantom(rows=ROWS, columns=COLUMNS, bits=bits)


def image(bits: int = 12, *, signed: bool = False) -> FileDataset:
    return make_mg(rows=ROWS, columns=COLUMNS, bits_stored=bits, signed=signed, voi=None)


def colour(ds: FileDataset, pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", *, plane: bool) -> None:
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 3, "RGB"
    ds.PlanarConfiguration = int(plane)
    stored = np.moveaxis(pixels, -1, 0) if plane else pixels
    ds.PixelData = stored.tobytes()


@pytest.mark.parametrize(
    ("transfer_syntax", "bits"), [(JPEGBaseline8Bit, 8), (JPEGExtended12Bit, 12), (JPEGLSNearLossless, 12)]
)
def test_signed_pixels_in_a_lossy_unsigned_codestream_are_refused(
    tmp_path: Path, transfer_syntax: str, bits: int
) -> None:
    path = write(image(bits, signed=True), tmp_path / "image.dcm", transfer_syntax)

    with pytest.raises(UnsupportedPixels, match="Signed"):
        decode(path)


def test_a_coloured_picture_is_refused(tmp_path: Path) -> None:
    ds = image(8)
    pixels = np.repeat(phantom(8).astype(np.uint8)[..., None], 3, axis=2)
    pixels[50, 50, 0] ^= 1
    colour(ds, pixels, plane=False)

    with pytest.raises(UnsupportedPixels, match="colour"):
        decode(write(ds, tmp_path / "image.dcm"))


@pytest.mark.parametrize("transfer_syntax", [ExplicitVRLittleEndian, RLELossless, JPEGLSLossless])
def test_several_frames_are_refused(tmp_path: Path, transfer_syntax: str) -> None:
    ds = encode(image(), transfer_syntax)
    ds.NumberOfFrames = 2

    with pytest.raises(UnsupportedPixels, match="2 frames"):
        decode(write(ds, tmp_path / "image.dcm"))


def rows_of(count: int) -> Callable[[FileDataset], None]:
    def change(ds: FileDataset) -> None:
        ds.Rows = count

    return change


def columns_of(count: int) -> Callable[[FileDataset], None]:
    def change(ds: FileDataset) -> None:
        ds.Columns = count

    return change


LIES = [rows_of(ROWS - 1), rows_of(ROWS + 1), columns_of(COLUMNS - 1), columns_of(COLUMNS + 1), rows_of(0)]


@pytest.mark.parametrize("transfer_syntax", EVERY_TRANSFER_SYNTAX, ids=lambda uid: uid.keyword)
@pytest.mark.parametrize("lie", LIES)
def test_a_size_the_pixels_do_not_have_is_refused(
    tmp_path: Path, transfer_syntax: str, lie: Callable[[FileDataset], None]
) -> None:
    ds = encode(image(8 if transfer_syntax == JPEGBaseline8Bit else 12), transfer_syntax)
    lie(ds)

    with pytest.raises(ConversionError):
        decode(write(ds, tmp_path / "image.dcm"))


def test_a_size_that_would_need_gigabytes_is_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    ds = encode(image(), JPEG2000Lossless)
    ds.Rows = ds.Columns = 65_535

    with pytest.raises(ConversionError, match="too many"):
        decode(write(ds, tmp_path / "image.dcm"))


@pytest.mark.parametrize("transfer_syntax", EVERY_TRANSFER_SYNTAX, ids=lambda uid: uid.keyword)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.98])
def test_a_truncated_file_is_refused(tmp_path: Path, transfer_syntax: str, part: float) -> None:
    path = write(image(8 if transfer_syntax == JPEGBaseline8Bit else 12), tmp_path / "a.dcm", transfer_syntax)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])

    with pytest.raises(ConversionError):
        decode(path)


@pytest.mark.parametrize("transfer_syntax", [uid for uid in EVERY_TRANSFER_SYNTAX if uid not in NATIVE])
def test_a_frame_cut_short_inside_a_whole_file_is_refused(tmp_path: Path, transfer_syntax: str) -> None:
    bits = 8 if transfer_syntax == JPEGBaseline8Bit else 12
    ds = encode(image(bits), transfer_syntax)
    frame = encode_frame(phantom(bits) if bits > 8 else phantom(8).astype(np.uint8), transfer_syntax, bits)
    ds.PixelData = encapsulate([frame[: len(frame) * 3 // 4 // 2 * 2]])

    with pytest.raises(ConversionError):
        decode(write(ds, tmp_path / "image.dcm"))


def test_a_codestream_of_another_syntax_is_refused(tmp_path: Path) -> None:
    ds = encode(image(), JPEGLSLossless)
    for other in (JPEGLossless, JPEGExtended12Bit, JPEG2000Lossless, RLELossless):
        ds.file_meta.TransferSyntaxUID = other
        with pytest.raises(ConversionError):
            decode(write(ds, tmp_path / "image.dcm"))


def test_a_compressed_syntax_without_encapsulation_is_refused(tmp_path: Path) -> None:
    path = write(image(), tmp_path / "image.dcm")
    content = path.read_bytes()
    # same length of UID, so that nothing moves: ...1.2.1 becomes ...1.2.5
    path.write_bytes(content.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0", 1))

    with pytest.raises(ConversionError, match="plain length"):
        decode(path)


def test_an_unknown_transfer_syntax_is_refused(tmp_path: Path) -> None:
    ds = encode(image(), JPEGLSLossless)
    ds.file_meta.TransferSyntaxUID = MPEG2MPML

    with pytest.raises(UnsupportedPixels, match="not supported"):
        decode(write(ds, tmp_path / "image.dcm"))


def test_fewer_bits_in_jpeg_than_bits_stored_are_refused(tmp_path: Path) -> None:
    ds = encode(image(8), JPEGBaseline8Bit)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11

    with pytest.raises(ConversionError, match="8 bits"):
        decode(write(ds, tmp_path / "image.dcm"))


def test_an_object_without_pixels_is_refused(tmp_path: Path) -> None:
    ds = image()
    del ds.PixelData

    with pytest.raises(ConversionError, match=r"\(7FE0,0010\)"):
        decode(write(ds, tmp_path / "image.dcm"))


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    ds = image()
    del ds.PixelData
    ds.FloatPixelData = np.zeros((ROWS, COLUMNS), "<f4").tobytes()

    with pytest.raises(UnsupportedPixels, match="floating point"):
        decode(write(ds, tmp_path / "image.dcm"))


def test_a_missing_file_is_no_bad_image(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        decode(tmp_path / "nowhere.dcm")


def test_thirty_two_bits_are_refused(tmp_path: Path) -> None:
    ds = image()
    set_pixels(ds, phantom(12))
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 32, 32, 31

    with pytest.raises(UnsupportedPixels, match="Bits Allocated"):
        decode(write(ds, tmp_path / "image.dcm"))
