"""What a frame says of itself, and frames that would make a decoder suffer."""

import struct

import numpy as np
import pytest
from pydicom.uid import HTJ2KLossless, JPEG2000Lossless, JPEGExtended12Bit, JPEGLosslessSV1, JPEGLSLossless

from dicom_node.codestream import FrameFacts, jpeg2000_codestream, jpeg2000_facts, jpeg_facts
from dicom_node.errors import ConversionError, UnsupportedPixels
from tests.encoders import encode_frame
from tests.synthetic import breast_phantom

ROWS, COLUMNS = 70, 50
PIXELS = breast_phantom(rows=ROWS, columns=COLUMNS, bits=12)


@pytest.mark.parametrize(
    ("transfer_syntax", "process"), [(JPEGExtended12Bit, 0xC1), (JPEGLosslessSV1, 0xC3), (JPEGLSLossless, 0xF7)]
)
def test_jpeg_gives_its_size_depth_and_process(transfer_syntax: str, process: int) -> None:
    frame = encode_frame(PIXELS, transfer_syntax, 12)

    assert jpeg_facts(frame) == FrameFacts(ROWS, COLUMNS, 1, 12, signed=False, process=process)


def test_jpeg_2000_gives_its_size_depth_and_sign() -> None:
    facts = jpeg2000_facts(encode_frame(PIXELS, JPEG2000Lossless, 12))
    signed = jpeg2000_facts(encode_frame(PIXELS, JPEG2000Lossless, 12, signed=True))

    assert facts == FrameFacts(ROWS, COLUMNS, 1, 12, signed=False, process=0)
    assert signed.signed
    assert jpeg2000_facts(encode_frame(PIXELS, HTJ2KLossless, 12)).rows == ROWS


def test_padding_after_the_end_is_no_fault() -> None:
    assert jpeg_facts(encode_frame(PIXELS, JPEGLSLossless, 12) + bytes(20)).rows == ROWS


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8" + bytes(100),
        b"\xff\xd8\xff\xc3\x00\x0b\xff\xd9",
        b"\xff\xd8\xff\xe0\x00\x00" * 50 + b"\xff\xd9",
        bytes(100) + b"\xff\xd9",
    ],
)
def test_what_has_no_jpeg_frame_header_is_refused(frame: bytes) -> None:
    with pytest.raises(ConversionError):
        jpeg_facts(frame)


def test_boxes_around_a_codestream_are_taken_off() -> None:
    codestream = encode_frame(PIXELS, JPEG2000Lossless, 12)
    boxed = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(60) + codestream

    assert jpeg2000_codestream(boxed) == codestream
    assert jpeg2000_codestream(codestream) == codestream


def test_boxes_without_a_codestream_are_refused() -> None:
    with pytest.raises(ConversionError):
        jpeg2000_codestream(b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(60))


def with_size(**fields: int) -> bytes:
    """Overwrite fields of the SIZ segment (ITU-T T.800 A.5.1)."""
    names = ["Lsiz", "Rsiz", "Xsiz", "Ysiz", "XOsiz", "YOsiz", "XTsiz", "YTsiz", "XTOsiz", "YTOsiz", "Csiz"]
    codestream = bytearray(encode_frame(PIXELS, JPEG2000Lossless, 12))
    values = list(struct.unpack_from(">HH8IH", codestream, 4))
    for name, value in fields.items():
        values[names.index(name)] = value
    struct.pack_into(">HH8IH", codestream, 4, *values)
    return bytes(codestream)


@pytest.mark.parametrize("fields", [{"XOsiz": 50}, {"YOsiz": 200}, {"XTsiz": 0}, {"Csiz": 0}, {"Csiz": 16_000}])
def test_an_impossible_size_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(ConversionError, match="impossible"):
        jpeg2000_facts(with_size(**fields))


def test_more_tiles_than_the_standard_allows_are_refused() -> None:
    with pytest.raises(ConversionError, match="tiles"):
        jpeg2000_facts(with_size(Xsiz=8000, Ysiz=8000, XTsiz=1, YTsiz=1))


def test_subsampled_components_are_refused() -> None:
    codestream = bytearray(encode_frame(PIXELS, JPEG2000Lossless, 12))
    codestream[43] = 2

    with pytest.raises(UnsupportedPixels, match="subsampled"):
        jpeg2000_facts(bytes(codestream))


def test_precincts_of_one_pixel_are_refused() -> None:
    # a few hundred bytes could otherwise ask for gigabytes of tables
    codestream = bytearray(encode_frame(np.zeros((4000, 3000), np.uint16), JPEG2000Lossless, 12))
    begin = codestream.index(b"\xff\x52")
    levels = codestream[begin + 9]
    length = int.from_bytes(codestream[begin + 2 : begin + 4], "big")
    codestream[begin + 4] |= 1
    codestream[begin + 2 : begin + 4] = (length + levels + 1).to_bytes(2, "big")
    codestream[begin + 2 + length : begin + 2 + length] = bytes([0x00] * (levels + 1))

    with pytest.raises(ConversionError, match="precincts"):
        jpeg2000_facts(bytes(codestream))


def test_a_main_header_without_coding_style_is_refused() -> None:
    codestream = encode_frame(PIXELS, JPEG2000Lossless, 12)

    with pytest.raises(ConversionError, match="main header"):
        jpeg2000_facts(codestream[:51] + b"\xff\xd9")
