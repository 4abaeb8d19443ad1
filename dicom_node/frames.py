"""The frame of a stored image as a viewer takes it: in its own encoding, or uncompressed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from dicom_node.decode import decode
from dicom_node.encapsulation import single_frame
from dicom_node.errors import ConversionError, UnsupportedPixels
from dicom_node.image_file import OpenImage, open_image
from dicom_node.pixel_form import PixelForm, pixel_form

_NATIVE: Final = frozenset({ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian})

MEDIA_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        JPEGBaseline8Bit: "image/jpeg",
        JPEGExtended12Bit: "image/jpeg",
        JPEGLossless: "image/jpeg",
        JPEGLosslessSV1: "image/jpeg",
        RLELossless: "image/dicom-rle",
        JPEGLSLossless: "image/jls",
        JPEGLSNearLossless: "image/jls",
        JPEG2000Lossless: "image/jp2",
        JPEG2000: "image/jp2",
        HTJ2KLossless: "image/jphc",
        HTJ2KLosslessRPCL: "image/jphc",
        HTJ2K: "image/jphc",
    }
)
"""What a compressed frame is to HTTP (PS3.18 Table 8.7.3-5)."""

_MARGIN_BYTES: Final = 65_536


@dataclass(frozen=True)
class Frame:
    """One frame.

    Attributes
    ----------
    data
        The encoded bit stream, or the pixel cells in little endian.
    transfer_syntax_uid
        Of ``data``; Explicit VR Little Endian stands for pixel cells.
    """

    data: bytes
    transfer_syntax_uid: str


def read_frame(path: Path, *, uncompressed: bool = False) -> Frame:
    """Read the frame of a single-frame image.

    Parameters
    ----------
    path
        A Part 10 file in any of `dicom_node.decode.SUPPORTED_TRANSFER_SYNTAXES`.
    uncompressed
        Decode it, for a client that cannot.

    Returns
    -------
    Frame
        As stored, without decoding, unless ``uncompressed``.

    Raises
    ------
    ConversionError
        If the file is malformed, truncated, or cannot be decoded.
    UnsupportedPixels
        If it holds several frames.
    OSError
        If the file cannot be read.

    References
    ----------
    PS3.18 10.4 (Retrieve Transaction), 8.7.3 (media types of frames); PS3.5 8 and A.4.
    """
    with path.open("rb") as file:
        image = open_image(file)
        form = pixel_form(image.header)
        native = image.transfer_syntax_uid in _NATIVE
        if native:
            return Frame(_read_native(image, form), ExplicitVRLittleEndian)
        if not uncompressed:
            limit = 2 * form.frame_bytes + _MARGIN_BYTES
            data = single_frame(image.stream, image.pixel_data.offset, image.stream_bytes, image.header, limit)
            return Frame(data, image.transfer_syntax_uid)
    if form.samples != 1:
        raise UnsupportedPixels("Colour pixels are given in their own encoding only.")
    return Frame(decode(path).cells.tobytes(), ExplicitVRLittleEndian)


def _read_native(image: OpenImage, form: PixelForm) -> bytes:
    if image.pixel_data.is_encapsulated:
        raise ConversionError("The transfer syntax is uncompressed, but Pixel Data has no length.")
    image.stream.seek(image.pixel_data.offset)
    data = image.stream.read(form.frame_bytes)
    if len(data) != form.frame_bytes:
        raise ConversionError("The Pixel Data is truncated.")
    return data
