"""Put a synthetic object into another transfer syntax.

The encoders are those of imagecodecs, pyjpegls and pylibjpeg-rle; DCMTK's are witnesses in the tests of
decoding. Lossy syntaxes get the attributes the standard then asks for.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders.base import JPEGLSLosslessEncoder, JPEGLSNearLosslessEncoder, RLELosslessEncoder
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
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

Pixels = NDArray[Any]

NATIVE: Final = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian)
LOSSLESS: Final = (
    RLELossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEG2000Lossless,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
)
LOSSY: Final = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, JPEG2000, HTJ2K)
EVERY_TRANSFER_SYNTAX: Final = (*NATIVE, *LOSSLESS, *LOSSY)

NEAR_LOSSLESS_ERROR: Final = 2

_METHODS: Final = {
    JPEGBaseline8Bit: "ISO_10918_1",
    JPEGExtended12Bit: "ISO_10918_1",
    JPEGLSNearLossless: "ISO_14495_1",
    JPEG2000: "ISO_15444_1",
    HTJ2K: "ISO_15444_15",
}


def encode(ds: FileDataset, transfer_syntax: str) -> FileDataset:
    """Return a copy of an uncompressed single-frame object in the given transfer syntax.

    JPEG Baseline holds 8 bits, JPEG Extended 12: the object must be made with as many.
    """
    syntax = UID(transfer_syntax)
    copy = deepcopy(ds)
    copy.file_meta.TransferSyntaxUID = syntax
    if syntax not in NATIVE:
        frame = encode_frame(_cells(ds), syntax, int(ds.BitsStored), signed=bool(ds.PixelRepresentation))
        copy.PixelData = encapsulate([frame])
        copy["PixelData"].VR = "OB"
    if syntax in _METHODS:
        copy.LossyImageCompression = "01"
        copy.LossyImageCompressionRatio = "4"
        copy.LossyImageCompressionMethod = _METHODS[syntax]
    return copy


def encode_frame(cells: Pixels, transfer_syntax: str, bits: int, *, signed: bool = False) -> bytes:
    """Encode unsigned cells, shape ``(rows, columns)``; two's complement where the pixels are signed."""
    if transfer_syntax == RLELossless:
        return _rle(cells)
    if transfer_syntax in (JPEG2000, JPEG2000Lossless, HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL) and signed:
        cells = cells.view(f"i{cells.dtype.itemsize}")
    return bytes(_ENCODERS[UID(transfer_syntax)](cells, bits))


def _cells(ds: FileDataset) -> Pixels:
    kind = "<u1" if ds.BitsAllocated == 8 else "<u2"
    count = int(ds.Rows) * int(ds.Columns)
    cells: Pixels = np.frombuffer(ds.PixelData, kind, count).reshape(int(ds.Rows), int(ds.Columns))
    return cells


def _masked(cells: Pixels, bits: int) -> Pixels:
    """Leave only the stored bits: what a codestream of that depth can hold of a sign-extended cell."""
    masked: Pixels = cells & cells.dtype.type((1 << bits) - 1)
    return masked


def _rle(cells: Pixels) -> bytes:
    return RLELosslessEncoder.encode(
        cells.tobytes(), **_description(cells, 8 * cells.dtype.itemsize), encoding_plugin="pylibjpeg"
    )


def _description(cells: Pixels, bits: int) -> dict[str, Any]:
    rows, columns = cells.shape
    return {
        "rows": rows,
        "columns": columns,
        "samples_per_pixel": 1,
        "bits_allocated": 8 * cells.dtype.itemsize,
        "bits_stored": bits,
        "pixel_representation": 0,
        "photometric_interpretation": "MONOCHROME2",
        "number_of_frames": 1,
    }


def _jpeg_lossless(predictor: int) -> Callable[[Pixels, int], bytes]:
    def encode_lossless(cells: Pixels, bits: int) -> bytes:
        masked = _masked(cells, bits)
        return bytes(imagecodecs.jpeg8_encode(masked, lossless=True, predictor=predictor, bitspersample=bits))

    return encode_lossless


def _jpeg_lossy(depth: int) -> Callable[[Pixels, int], bytes]:
    def encode_lossy(cells: Pixels, bits: int) -> bytes:
        if bits != depth:
            raise ValueError(f"this JPEG process holds {depth} bits, not {bits}")
        return bytes(imagecodecs.jpeg8_encode(_masked(cells, bits), 95, bitspersample=depth))

    return encode_lossy


def _jpeg_ls(error: int) -> Callable[[Pixels, int], bytes]:
    def encode_jpeg_ls(cells: Pixels, bits: int) -> bytes:
        encoder = JPEGLSNearLosslessEncoder if error else JPEGLSLosslessEncoder
        masked = _masked(cells, bits).tobytes()
        return encoder.encode(masked, **_description(cells, bits), jls_error=error, encoding_plugin="pyjpegls")

    return encode_jpeg_ls


def _jpeg_2000(level: int, reversible: bool) -> Callable[[Pixels, int], bytes]:
    return lambda cells, bits: bytes(
        imagecodecs.jpeg2k_encode(cells, level, codecformat="j2k", reversible=reversible, bitspersample=bits)
    )


def _htj2k(reversible: bool) -> Callable[[Pixels, int], bytes]:
    return lambda cells, _bits: bytes(
        imagecodecs.htj2k_encode(cells, None if reversible else 0.001, reversible=reversible)
    )


_ENCODERS: Final[dict[UID, Callable[[Pixels, int], bytes]]] = {
    JPEGBaseline8Bit: _jpeg_lossy(8),
    JPEGExtended12Bit: _jpeg_lossy(12),
    JPEGLossless: _jpeg_lossless(6),
    JPEGLosslessSV1: _jpeg_lossless(1),
    JPEGLSLossless: _jpeg_ls(0),
    JPEGLSNearLossless: _jpeg_ls(NEAR_LOSSLESS_ERROR),
    JPEG2000Lossless: _jpeg_2000(0, reversible=True),
    JPEG2000: _jpeg_2000(60, reversible=False),
    HTJ2KLossless: _htj2k(reversible=True),
    HTJ2KLosslessRPCL: _htj2k(reversible=True),
    HTJ2K: _htj2k(reversible=False),
}
