"""The grey-level table against PS3.3 written out per value, and against pydicom where it is right."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.processing import apply_voi_lut
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from dicom_node.errors import ConversionError, UnsupportedPixels
from dicom_node.pixel_form import PixelForm
from dicom_node.voi import VoiSource, presentation_table

WHITE = 65_535


def form_of(bits: int, *, signed: bool = False, photometric: str = "MONOCHROME2") -> PixelForm:
    allocated = 8 if bits <= 8 else 16
    return PixelForm(4, 4, 1, photometric, allocated, bits, bits - 1, signed, False)


def header_of(**attributes: object) -> Dataset:
    header = Dataset()
    header.PhotometricInterpretation = "MONOCHROME2"
    header.PixelRepresentation = 0
    for keyword, value in attributes.items():
        setattr(header, keyword, value)
    return header


def table_of(header: Dataset, form: PixelForm) -> tuple[np.ndarray[Any, np.dtype[np.uint16]], VoiSource]:
    return presentation_table(header, form, np.dtype(f"u{form.cell_bytes}"))


def lut_item(entries: list[int], first: int, bits: int) -> Dataset:
    item = Dataset()
    item.add_new(0x00283002, "SS" if first < 0 else "US", [len(entries) % 65536, first, bits])
    item.add_new(0x00283006, "OW", np.asarray(entries, "<u2").tobytes())
    return item


# PS3.3 C.11.2.1.2.1 and C.11.2.1.3, word for word, one value at a time
def standard_linear(x: float, c: float, w: float) -> float:
    if x <= c - 0.5 - (w - 1) / 2:
        return 0.0
    if x > c - 0.5 + (w - 1) / 2:
        return float(WHITE)
    return ((x - (c - 0.5)) / (w - 1) + 0.5) * WHITE


def standard_linear_exact(x: float, c: float, w: float) -> float:
    if x <= c - w / 2:
        return 0.0
    if x > c + w / 2:
        return float(WHITE)
    return ((x - c) / w + 0.5) * WHITE


def standard_sigmoid(x: float, c: float, w: float) -> float:
    exponent = -4 * (x - c) / w
    return WHITE / (1 + math.exp(exponent)) if exponent < 700 else 0.0


STANDARD = {
    "LINEAR": standard_linear,
    "LINEAR_EXACT": standard_linear_exact,
    "SIGMOID": standard_sigmoid,
}


@pytest.mark.parametrize("function", list(STANDARD))
@pytest.mark.parametrize(
    ("bits", "center", "width"),
    [(8, 128, 256), (8, 100.5, 37), (10, 511, 1), (12, 2047, 4096), (12, 700, 1500.25), (16, 40000, 51234)],
)
def test_a_window_gives_the_value_of_the_standard_to_the_level(
    function: str, bits: int, center: float, width: float
) -> None:
    form = form_of(bits)
    header = header_of(WindowCenter=str(center), WindowWidth=str(width), VOILUTFunction=function)

    table, source = table_of(header, form)

    expected = np.array([STANDARD[function](x, center, width) for x in range(1 << bits)])
    assert source is VoiSource[function]
    # half a level of rounding, and what two orders of float64 operations may differ
    assert np.abs(table[: 1 << bits] - expected).max() <= 0.5 + 1e-6


def test_the_example_of_the_standard_holds() -> None:
    # PS3.3 C.11.2.1.2.1: Window Center 2048, Window Width 4096 maps 0..4095 one to one
    table, _ = table_of(header_of(WindowCenter="2048", WindowWidth="4096"), form_of(12))

    assert np.array_equal(np.rint(table[:4096] * (4095 / WHITE)), np.arange(4096))


@pytest.mark.parametrize("function", list(STANDARD))
def test_a_window_agrees_with_pydicom(function: str) -> None:
    header = header_of(
        BitsStored=12,
        WindowCenter="1800",
        WindowWidth="2500",
        VOILUTFunction=function,
        RescaleSlope="1",
        RescaleIntercept="0",
    )
    levels = np.arange(4096, dtype=np.uint16)

    table, _ = table_of(header, form_of(12))

    theirs = apply_voi_lut(levels, header).astype(np.float64) * (WHITE / 4095)
    assert np.abs(table[:4096] - theirs).max() <= 0.5 + 1e-6


def test_a_lut_agrees_with_pydicom() -> None:
    header = header_of(VOILUTSequence=Sequence([lut_item([5, 90, 700, 1023], 100, 10)]))
    levels = np.arange(4096, dtype=np.uint16)

    table, source = table_of(header, form_of(12))

    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    theirs = apply_voi_lut(levels, header).astype(np.float64)
    assert source is VoiSource.LUT
    assert np.array_equal(table[:4096], np.rint(theirs / 1023 * WHITE))


def test_an_absent_function_means_linear() -> None:
    _, source = table_of(header_of(WindowCenter="100", WindowWidth="50"), form_of(8))

    assert source is VoiSource.LINEAR


def test_without_a_voi_transformation_the_stored_range_is_shown_in_full() -> None:
    table, source = table_of(header_of(), form_of(12))

    assert source is VoiSource.NONE
    assert np.array_equal(table[:4096], np.rint(np.arange(4096) * (WHITE / 4095)))


def test_of_several_windows_the_first_is_taken() -> None:
    several = header_of(WindowCenter=["100", "200"], WindowWidth=["50", "10"])
    single = header_of(WindowCenter="100", WindowWidth="50")

    assert np.array_equal(table_of(several, form_of(8))[0], table_of(single, form_of(8))[0])


def test_a_voi_lut_goes_before_a_window() -> None:
    header = header_of(WindowCenter="100", WindowWidth="50", VOILUTSequence=Sequence([lut_item([0, 255], 0, 8)]))

    assert table_of(header, form_of(8))[1] is VoiSource.LUT


@pytest.mark.parametrize("voi", ["NONE", *STANDARD])
def test_monochrome1_is_the_exact_negative(voi: str) -> None:
    window = {} if voi == "NONE" else {"WindowCenter": "1800", "WindowWidth": "2500", "VOILUTFunction": voi}
    positive, _ = table_of(header_of(**window), form_of(12))

    negative, _ = table_of(
        header_of(PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE", **window),
        form_of(12, photometric="MONOCHROME1"),
    )

    assert np.array_equal(WHITE - positive.astype(int), negative)


@pytest.mark.parametrize(
    ("photometric", "shape"),
    [("MONOCHROME1", "IDENTITY"), ("MONOCHROME2", "INVERSE"), ("MONOCHROME2", "WHATEVER")],
)
def test_a_presentation_lut_shape_that_contradicts_the_photometric_interpretation_is_refused(
    photometric: str, shape: str
) -> None:
    header = header_of(PhotometricInterpretation=photometric, PresentationLUTShape=shape)

    with pytest.raises(ConversionError, match="contradicts"):
        table_of(header, form_of(12, photometric=photometric))


def test_signed_pixels_are_windowed_by_their_value() -> None:
    header = header_of(PixelRepresentation=1, WindowCenter="0", WindowWidth="4096")

    table, _ = table_of(header, form_of(12, signed=True))

    cells = np.arange(-2048, 2048).astype(np.int16).view(np.uint16)
    expected = [standard_linear(x, 0, 4096) for x in range(-2048, 2048)]
    assert np.abs(table[cells] - np.array(expected)).max() <= 0.5 + 1e-6


def test_rescale_comes_before_the_window() -> None:
    header = header_of(RescaleSlope="2.5", RescaleIntercept="-100", WindowCenter="400", WindowWidth="600")

    table, _ = table_of(header, form_of(8))

    expected = np.array([standard_linear(2.5 * x - 100, 400, 600) for x in range(256)])
    assert np.abs(table - expected).max() <= 0.5 + 1e-6


def test_a_negative_slope_turns_the_full_range_round() -> None:
    table, _ = table_of(header_of(RescaleSlope="-1", RescaleIntercept="4095"), form_of(12))

    assert (table[0], table[4095]) == (WHITE, 0)


def test_a_modality_lut_comes_before_the_window() -> None:
    modality = lut_item([10, 20, 30, 4000], 2, 12)
    header = header_of(ModalityLUTSequence=Sequence([modality]), WindowCenter="25", WindowWidth="41")

    table, _ = table_of(header, form_of(8))

    mapped = [10, 10, 10, 20, 30, 4000, 4000]
    expected = np.array([standard_linear(x, 25, 41) for x in mapped])
    assert np.abs(table[: len(mapped)] - expected).max() <= 0.5 + 1e-6


def test_a_voi_lut_may_begin_below_zero() -> None:
    header = header_of(PixelRepresentation=1, VOILUTSequence=Sequence([lut_item([0, 1, 2, 3, 4095], -2, 12)]))

    table, _ = table_of(header, form_of(12, signed=True))

    cells = np.array([-3, -2, -1, 0, 1, 2, 3], np.int16).view(np.uint16)
    assert np.array_equal(table[cells], np.rint(np.array([0, 0, 1, 2, 3, 4095, 4095]) / 4095 * WHITE))


def test_the_sign_of_a_first_value_written_as_unsigned_is_recovered() -> None:
    item = lut_item([0, 4095], 0, 12)
    item.LUTDescriptor = [2, 65_536 - 1, 12]
    header = header_of(PixelRepresentation=1, VOILUTSequence=Sequence([item]))

    table, _ = table_of(header, form_of(12, signed=True))

    assert (table[0xFFFF], table[0]) == (0, WHITE)


def test_a_lut_of_65536_entries_is_written_as_zero() -> None:
    entries = list(range(65_535, -1, -1))
    table, _ = table_of(header_of(VOILUTSequence=Sequence([lut_item(entries, 0, 16)])), form_of(16))

    assert np.array_equal(table, np.arange(65_535, -1, -1))


def test_eight_bit_entries_may_be_packed_two_to_a_word() -> None:
    item = Dataset()
    item.LUTDescriptor = [4, 0, 8]
    item.add_new(0x00283006, "OW", bytes([0, 50, 100, 255]))

    table, _ = table_of(header_of(VOILUTSequence=Sequence([item])), form_of(8))

    assert list(table[:4]) == [0, 50 * 257, 100 * 257, WHITE]


def test_padding_becomes_black_in_both_photometric_interpretations() -> None:
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        header = header_of(PhotometricInterpretation=photometric, PixelPaddingValue=4000, PixelPaddingRangeLimit=4095)
        table, _ = table_of(header, form_of(12, photometric=photometric))

        assert not table[4000:4096].any()
        assert table[3999] == np.rint((3999 if photometric == "MONOCHROME2" else 96) / 4095 * WHITE)


def test_a_padding_range_may_run_downwards() -> None:
    header = header_of(PixelPaddingValue=20, PixelPaddingRangeLimit=10)

    table, _ = table_of(header, form_of(8))

    assert not table[10:21].any()
    assert table[9]
    assert table[21]


def test_signed_padding_written_as_unsigned_is_recognised() -> None:
    header = header_of(PixelRepresentation=1)
    header.add_new(0x00280120, "US", 65_536 - 2000)

    table, _ = table_of(header, form_of(12, signed=True))

    assert table[65_536 - 2000] == 0
    assert table[65_536 - 1999] == np.rint(49 / 4095 * WHITE)


@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ({"WindowCenter": "10"}, ConversionError),
        ({"WindowWidth": "10"}, ConversionError),
        ({"WindowCenter": "10", "WindowWidth": "0"}, ConversionError),
        ({"WindowCenter": "10", "WindowWidth": "0.5"}, ConversionError),
        ({"WindowCenter": "10", "WindowWidth": "-5", "VOILUTFunction": "SIGMOID"}, ConversionError),
        ({"WindowCenter": "10", "WindowWidth": "5", "VOILUTFunction": "CUBIC"}, UnsupportedPixels),
        ({"RescaleSlope": "0"}, ConversionError),
        ({"VOILUTSequence": Sequence([lut_item([1, 2], 0, 20)])}, UnsupportedPixels),
        ({"VOILUTSequence": Sequence([Dataset()])}, ConversionError),
    ],
)
def test_an_impossible_transformation_is_refused(attributes: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        table_of(header_of(**attributes), form_of(12))


def test_a_lut_shorter_than_its_descriptor_is_refused() -> None:
    item = lut_item([1, 2, 3], 0, 12)
    item.LUTDescriptor = [300, 0, 12]

    with pytest.raises(ConversionError, match="3 entries"):
        table_of(header_of(VOILUTSequence=Sequence([item])), form_of(12))


@given(
    function=st.sampled_from(sorted(STANDARD)),
    center=st.floats(-70_000, 140_000),
    width=st.floats(1, 200_000),
    bits=st.sampled_from([8, 10, 12, 14, 16]),
)
def test_every_window_rises_and_its_negative_mirrors_it(function: str, center: float, width: float, bits: int) -> None:
    window = {"WindowCenter": f"{center:.6g}", "WindowWidth": f"{width:.6g}", "VOILUTFunction": function}
    positive, _ = table_of(header_of(**window), form_of(bits))
    negative, _ = table_of(
        header_of(PhotometricInterpretation="MONOCHROME1", **window), form_of(bits, photometric="MONOCHROME1")
    )

    levels = positive[: 1 << bits].astype(int)
    assert (np.diff(levels) >= 0).all()
    assert np.array_equal(WHITE - levels, negative[: 1 << bits])
