"""Stored pixel values from every transfer syntax and every layout."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels.encoders.base import RLELosslessEncoder
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from dicom_node.contexts import IMAGE_TRANSFER_SYNTAXES
from dicom_node.decode import SUPPORTED_TRANSFER_SYNTAXES, decode
from tests.encoders import EVERY_TRANSFER_SYNTAX, LOSSLESS, NATIVE, NEAR_LOSSLESS_ERROR, encode_frame
from tests.synthetic import breast_phantom, encode, make_mg, write

ROWS, COLUMNS = 120, 90


def phantom(bits: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint16]]":
    return breast_phantom(rows=ROWS, columns=COLUMNS, bits=bits)


def image(bits: int = 12, *, signed: bool = False) -> FileDataset:
    return make_mg(rows=ROWS, columns=COLUMNS, bits_stored=bits, signed=signed, voi=None)


def test_every_transfer_syntax_the_node_accepts_can_be_decoded() -> None:
    assert set(IMAGE_TRANSFER_SYNTAXES) <= SUPPORTED_TRANSFER_SYNTAXES
    assert set(EVERY_TRANSFER_SYNTAX) == SUPPORTED_TRANSFER_SYNTAXES


@pytest.mark.parametrize("transfer_syntax", [*NATIVE, *LOSSLESS], ids=lambda uid: uid.keyword)
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
def test_lossless_syntaxes_give_back_every_stored_value(
    tmp_path: Path, transfer_syntax: str, bits: int, signed: bool
) -> None:
    path = write(image(bits, signed=signed), tmp_path / "image.dcm", transfer_syntax)

    offset = 2 ** (bits - 1) if signed else 0
    assert np.array_equal(decode(path).values(), phantom(bits).astype(int) - offset)


@pytest.mark.parametrize(
    ("transfer_syntax", "bits", "tolerance"),
    [
        (JPEGBaseline8Bit, 8, 6),
        (JPEGExtended12Bit, 12, 16),
        (JPEGLSNearLossless, 12, NEAR_LOSSLESS_ERROR),
        (JPEGLSNearLossless, 16, NEAR_LOSSLESS_ERROR),
        (JPEG2000, 12, 40),
        (HTJ2K, 12, 100),
    ],
)
def test_lossy_syntaxes_stay_close(tmp_path: Path, transfer_syntax: str, bits: int, tolerance: int) -> None:
    path = write(image(bits), tmp_path / "image.dcm", transfer_syntax)

    assert np.abs(decode(path).values() - phantom(bits).astype(int)).max() <= tolerance


@pytest.mark.parametrize("transfer_syntax", [JPEG2000, HTJ2K], ids=lambda uid: uid.keyword)
def test_lossy_overshoot_never_wraps_round(tmp_path: Path, transfer_syntax: str) -> None:
    # 12 bits at both ends of the range, in a codestream of 16 bits: what rings beyond 4095 must stay white
    checks = (np.indices((ROWS, COLUMNS)).sum(axis=0) // 7 % 2 * 4095).astype(np.uint16)
    ds = encode(image(), transfer_syntax)
    ds.PixelData = encapsulate([encode_frame(checks, transfer_syntax, 16)])

    values = decode(write(ds, tmp_path / "image.dcm")).values()

    assert np.array_equal(values > 2047, checks > 2047)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    bits=st.integers(8, 16),
    transfer_syntax=st.sampled_from([ExplicitVRLittleEndian, RLELossless, JPEGLosslessSV1, JPEG2000Lossless]),
    seed=st.integers(0, 1000),
)
def test_any_size_and_depth_survives(
    tmp_path: Path, rows: int, columns: int, bits: int, transfer_syntax: str, seed: int
) -> None:
    noise = np.random.default_rng(seed).integers(0, 2**bits, (rows, columns)).astype(np.uint16)
    path = write(make_mg(pixels=noise, bits_stored=bits), tmp_path / "image.dcm", transfer_syntax)

    assert np.array_equal(decode(path).values(), noise)


def test_overlay_bits_above_the_stored_ones_are_dropped(tmp_path: Path) -> None:
    ds = image()
    cells = np.frombuffer(ds.PixelData, "<u2").copy()
    cells[::3] |= 0xF000
    ds.PixelData = cells.tobytes()

    for transfer_syntax in (ExplicitVRLittleEndian, RLELossless):
        path = write(ds, tmp_path / "image.dcm", transfer_syntax)
        assert np.array_equal(decode(path).values(), phantom(12))


def test_bits_below_the_stored_ones_are_dropped(tmp_path: Path) -> None:
    ds = image()
    cells = np.frombuffer(ds.PixelData, "<u2")
    ds.PixelData = ((cells << 4) | 0x5).astype("<u2").tobytes()
    ds.HighBit = 15

    assert np.array_equal(decode(write(ds, tmp_path / "image.dcm")).values(), phantom(12))


def test_a_codestream_deeper_than_bits_stored_is_read(tmp_path: Path) -> None:
    ds = encode(image(), JPEGLossless)
    ds.PixelData = encapsulate([encode_frame(phantom(12), JPEGLossless, 16)])

    assert np.array_equal(decode(write(ds, tmp_path / "image.dcm")).values(), phantom(12))


def test_a_signed_codestream_narrower_than_bits_stored_keeps_its_sign(tmp_path: Path) -> None:
    ds = encode(image(12, signed=True), JPEGLosslessSV1)
    ds.BitsStored, ds.HighBit = 16, 15

    assert np.array_equal(decode(write(ds, tmp_path / "image.dcm")).values(), phantom(12).astype(int) - 2048)


def colour(ds: FileDataset, pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", *, plane: bool) -> None:
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 3, "RGB"
    ds.PlanarConfiguration = int(plane)
    stored = np.moveaxis(pixels, -1, 0) if plane else pixels
    ds.PixelData = stored.tobytes()


@pytest.mark.parametrize("plane", [False, True], ids=["by pixel", "by plane"])
def test_a_grey_picture_stored_as_rgb_is_read(tmp_path: Path, plane: bool) -> None:
    ds = image(8)
    grey = phantom(8).astype(np.uint8)
    colour(ds, np.repeat(grey[..., None], 3, axis=2), plane=plane)

    assert np.array_equal(decode(write(ds, tmp_path / "image.dcm")).values(), grey)


def test_a_grey_picture_stored_as_ybr_is_read(tmp_path: Path) -> None:
    ds = image(8)
    grey = phantom(8).astype(np.uint8)
    pixels = np.full((*grey.shape, 3), 128, np.uint8)
    pixels[..., 0] = grey
    colour(ds, pixels, plane=False)
    ds.PhotometricInterpretation = "YBR_FULL"

    assert np.array_equal(decode(write(ds, tmp_path / "image.dcm")).values(), grey)


def test_a_grey_picture_stored_as_rgb_in_rle_is_read(tmp_path: Path) -> None:
    ds = image(8)
    grey = phantom(8).astype(np.uint8)
    colour(ds, np.repeat(grey[..., None], 3, axis=2), plane=True)
    frame = RLELosslessEncoder.encode(
        np.repeat(grey[..., None], 3, axis=2).tobytes(),
        rows=ROWS,
        columns=COLUMNS,
        samples_per_pixel=3,
        bits_allocated=8,
        bits_stored=8,
        pixel_representation=0,
        photometric_interpretation="RGB",
        number_of_frames=1,
        planar_configuration=0,
        encoding_plugin="pydicom",
    )
    ds.PixelData = encapsulate([frame])
    ds.file_meta.TransferSyntaxUID = RLELossless

    assert np.array_equal(decode(write(ds, tmp_path / "image.dcm")).values(), grey)


def test_one_frame_stated_as_such_is_read(tmp_path: Path) -> None:
    ds = image()
    ds.NumberOfFrames = 1

    assert decode(write(ds, tmp_path / "image.dcm")).cells.shape == (ROWS, COLUMNS)


def test_padding_less_than_a_row_is_a_writer_s_habit(tmp_path: Path) -> None:
    ds = image()
    ds.PixelData += bytes(64)

    assert np.array_equal(decode(write(ds, tmp_path / "image.dcm")).values(), phantom(12))


def test_an_odd_number_of_bytes_is_padded(tmp_path: Path) -> None:
    noise = np.arange(9, dtype=np.uint16).reshape(3, 3)

    path = write(make_mg(pixels=noise, bits_stored=8), tmp_path / "image.dcm")

    assert np.array_equal(decode(path).values(), noise)


def test_fragments_are_joined(tmp_path: Path) -> None:
    ds = encode(image(), JPEGLSLossless)
    frame = encode_frame(phantom(12), JPEGLSLossless, 12)
    ds.PixelData = encapsulate([frame], fragments_per_frame=4)

    assert np.array_equal(decode(write(ds, tmp_path / "image.dcm")).values(), phantom(12))


def test_an_extended_offset_table_gives_the_length_of_the_frame(tmp_path: Path) -> None:
    ds = encode(image(), HTJ2KLossless)
    frame = encode_frame(phantom(12), HTJ2KLossless, 12)
    ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended([frame])

    assert np.array_equal(decode(write(ds, tmp_path / "image.dcm")).values(), phantom(12))


def test_the_cells_belong_to_the_caller(tmp_path: Path) -> None:
    for transfer_syntax in EVERY_TRANSFER_SYNTAX:
        bits = 8 if transfer_syntax == JPEGBaseline8Bit else 12
        cells = decode(write(image(bits), tmp_path / "image.dcm", transfer_syntax)).cells
        assert cells.flags.writeable
        assert cells.flags.c_contiguous
