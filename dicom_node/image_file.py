"""The file of one image: its header, and where the pixels lie, without ever trusting a length.

Reading is tolerant where the meaning is not in doubt, bounded everywhere: nothing is inflated, allocated
or followed beyond what the file itself and the limits below allow.
"""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from dicom_node.errors import ConversionError, InvalidObject, UnsupportedPixels
from dicom_node.part10 import read_file_meta

MAXIMUM_INFLATED_BYTES: Final = 256 * 2**20
"""A deflated data set may grow to this; the largest image that is converted needs half of it."""

MALFORMED: Final[tuple[type[Exception], ...]] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BytesLengthException,
    EOFError,
    InvalidDicomError,
    LookupError,
    MemoryError,
    RuntimeError,  # also NotImplementedError and RecursionError, and what imagecodecs raises
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What pydicom, zlib and the decoders raise on malformed input. Not OSError: a failing disk is no bad image."""

_UNDEFINED_LENGTH: Final = 0xFFFFFFFF
_PIXEL_DATA: Final = 0x7FE00010
_OTHER_PIXEL_DATA: Final = (0x7FE00008, 0x7FE00009)  # float and double float
_LONG_VALUE_REPRESENTATIONS: Final = frozenset(
    {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
)


@dataclass(frozen=True)
class PixelDataLocation:
    """Where the value of Pixel Data (7FE0,0010) begins in the data set's stream, and its stated length."""

    offset: int
    length: int

    @property
    def is_encapsulated(self) -> bool:
        """True when the length is undefined: the value is a sequence of fragments."""
        return self.length == _UNDEFINED_LENGTH


@dataclass(frozen=True)
class OpenImage:
    """An image file being read: its header, and the stream that holds the pixels.

    Attributes
    ----------
    header
        Every element before Pixel Data.
    transfer_syntax_uid
        Of the file.
    pixel_data
        Where the pixels lie in the stream.
    stream
        The file, or the inflated data set in memory.
    stream_bytes
        Length of the stream.
    """

    header: Dataset
    transfer_syntax_uid: UID
    pixel_data: PixelDataLocation
    stream: BinaryIO
    stream_bytes: int


def read_header(path: Path) -> Dataset:
    """Read everything before Pixel Data.

    Parameters
    ----------
    path
        A Part 10 file.

    Returns
    -------
    Dataset
        The header; elements are converted when they are first read.

    Raises
    ------
    ConversionError
        If the file is not DICOM, or malformed.
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as file:
        return _parse(file).header


def open_image(file: BinaryIO) -> OpenImage:
    """Read the header of an open Part 10 file and find its pixels.

    Parameters
    ----------
    file
        Open for reading in binary mode, at its beginning; it must stay open as long as the result is used.

    Returns
    -------
    OpenImage
        Header and position of the pixels; none of them has been read.

    Raises
    ------
    ConversionError
        If the file is not DICOM, malformed, or holds no Pixel Data.
    OSError
        If the file cannot be read.
    """
    parsed = _parse(file)
    if parsed.stop.tag in _OTHER_PIXEL_DATA:
        raise UnsupportedPixels("The pixels are floating point numbers, which no mammography object has.")
    if parsed.stop.tag != _PIXEL_DATA:
        raise ConversionError("The object holds no Pixel Data (7FE0,0010).")
    location = PixelDataLocation(parsed.stream.tell() + parsed.stop.header_bytes, parsed.stop.length)
    return OpenImage(parsed.header, parsed.transfer_syntax_uid, location, parsed.stream, parsed.stop.stream_bytes)


class _AtPixelData:
    """Tells pydicom to stop at the pixels and remembers what stood there; no element may outgrow the file."""

    def __init__(self, stream: BinaryIO, stream_bytes: int) -> None:
        self._tell = stream.tell
        self.stream_bytes = stream_bytes
        self.tag = 0
        self.length = 0
        self.header_bytes = 8

    def __call__(self, tag: BaseTag, value_representation: str | None, length: int) -> bool:
        if tag == _PIXEL_DATA or tag in _OTHER_PIXEL_DATA:
            self.tag, self.length = int(tag), length
            self.header_bytes = 12 if value_representation in _LONG_VALUE_REPRESENTATIONS else 8
            return True
        if length != _UNDEFINED_LENGTH and length > self.stream_bytes - self._tell():
            raise ConversionError(f"The element ({tag.group:04X},{tag.element:04X}) is truncated.")
        return False


@dataclass(frozen=True)
class _Parsed:
    header: Dataset
    transfer_syntax_uid: UID
    stream: BinaryIO
    stop: _AtPixelData


def _parse(file: BinaryIO) -> _Parsed:
    try:
        syntax, offset = read_file_meta(file)
        if syntax == ExplicitVRBigEndian:
            raise UnsupportedPixels("The transfer syntax Explicit VR Big Endian (retired) is not supported.")
        file.seek(offset)
        stream: BinaryIO = _inflated(file) if syntax == DeflatedExplicitVRLittleEndian else file
        start = stream.tell()
        stop = _AtPixelData(stream, stream.seek(0, 2))
        stream.seek(start)
        is_implicit = syntax == ImplicitVRLittleEndian
        header = read_dataset(stream, is_implicit_VR=is_implicit, is_little_endian=True, stop_when=stop)
    except InvalidObject as error:
        raise ConversionError(f"The file cannot be read: {error}.") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise ConversionError("The file ends in the middle of a data element.") from None  # pydicom's own
    except MALFORMED as error:
        # without the cause, which may quote values
        raise ConversionError(f"The file cannot be read as DICOM ({type(error).__name__}).") from None
    return _Parsed(header, UID(syntax), stream, stop)


def _inflated(file: BinaryIO) -> BytesIO:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    data = inflater.decompress(file.read(), MAXIMUM_INFLATED_BYTES)
    if inflater.unconsumed_tail:
        raise ConversionError(f"The deflated data set grows beyond {MAXIMUM_INFLATED_BYTES} bytes.")
    if not inflater.eof:
        raise ConversionError("The deflated data set is truncated.")
    return BytesIO(data)
