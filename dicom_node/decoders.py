"""One encoded frame to an array, for every compressed transfer syntax.

For each syntax the fastest permissively licensed decoder that survives damaged input. imagecodecs (BSD)
brings libjpeg-turbo for all of JPEG (8 and 12 bits, lossless), CharLS for JPEG-LS, OpenJPEG for JPEG 2000 and
HTJ2K, and a checked PackBits for the segments of RLE. What the codestream says of itself is compared with
the header before.

Refused because a flipped byte makes them end the process: OpenJPH (HTJ2K in a third of OpenJPEG's time; its
binding also swallows the errors it does report) and imagecodecs' decoder of whole RLE frames. pylibjpeg-rle
panics on such input, which no ``except Exception`` catches.
"""

import os
import struct
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from dicom_node.codestream import FrameFacts, jpeg2000_codestream, jpeg2000_facts, jpeg_facts
from dicom_node.errors import ConversionError, UnsupportedPixels
from dicom_node.image_file import MALFORMED
from dicom_node.pixel_form import PixelForm

Array = NDArray[Any]
Decoder = Callable[[bytes, PixelForm], tuple[Array, PixelForm]]

_THREADS: Final = min(4, os.cpu_count() or 1)
_RLE_HEADER: Final = struct.Struct("<16I")
_RLE_PADDING: Final = 64
_SEQUENTIAL: Final = frozenset({0xC0, 0xC1})
_LOSSLESS: Final = frozenset({0xC3})
_JPEG_LS: Final = frozenset({0xF7})


def decode_frame(frame: bytes, transfer_syntax_uid: UID, form: PixelForm) -> tuple[Array, PixelForm]:
    """Decode one frame.

    Parameters
    ----------
    frame
        The encoded frame, all fragments joined.
    transfer_syntax_uid
        One of `COMPRESSED_TRANSFER_SYNTAXES`.
    form
        What the header says of the pixels.

    Returns
    -------
    array : NDArray
        Shape ``(rows, columns)`` or ``(rows, columns, 3)``; 8 or 16 bits, signed where the codestream is.
    form : PixelForm
        The given one, with the codestream's depth where sign extension needs that.

    Raises
    ------
    ConversionError
        If the frame is truncated or malformed, or contradicts the header.
    UnsupportedPixels
        If the syntax is unknown, or its combination with signed pixels means nothing.

    References
    ----------
    PS3.5 8.2 and Annex G.
    """
    decoder = _DECODERS.get(transfer_syntax_uid)
    if decoder is None:
        raise UnsupportedPixels(f"The transfer syntax {transfer_syntax_uid} is not supported.")
    return decoder(frame, form)


def _run(decoder: Callable[[], Any], what: str) -> Array:
    try:
        return np.asarray(decoder())
    except MALFORMED as error:
        raise ConversionError(f"The {what} pixels cannot be decoded ({type(error).__name__}).") from error


def _agree(facts: FrameFacts, form: PixelForm, what: str, *, lossy: bool) -> PixelForm:
    """Compare codestream and header; return the form with the depth that sign extension needs."""
    if (facts.rows, facts.columns, facts.samples) != (form.rows, form.columns, form.samples):
        raise ConversionError(
            f"The {what} codestream is {facts.rows} x {facts.columns} x {facts.samples}, but the header says "
            f"{form.rows} x {form.columns} x {form.samples}."
        )
    if not 2 <= facts.precision <= form.bits_allocated:
        raise ConversionError(f"The {what} codestream has {facts.precision} bits in cells of {form.bits_allocated}.")
    if form.high_bit != form.bits_stored - 1:
        raise UnsupportedPixels("High Bit (0028,0102) is not Bits Stored - 1 in compressed pixels.")
    if facts.signed and not form.signed:
        raise ConversionError(f"The {what} codestream is signed, but Pixel Representation is not.")
    if form.signed and not facts.signed:
        if lossy:  # two's complement read as unsigned jumps at zero, and lossy coding blurs the jump
            raise UnsupportedPixels(f"Signed pixels in lossy {what} are not converted.")
        if facts.precision < form.bits_stored:
            return replace(form, bits_stored=facts.precision, high_bit=facts.precision - 1)
    return form


def _within_stored_range(array: Array, facts: FrameFacts, form: PixelForm) -> Array:
    """Keep lossy overshoot from wrapping round: a codestream may be deeper than Bits Stored."""
    if facts.precision <= form.bits_stored:
        return array
    low, high = form.stored_range
    return np.clip(array, low, high)


def _rle(frame: bytes, form: PixelForm) -> tuple[Array, PixelForm]:
    """Decode PackBits segments: one for each byte of a cell, the most significant first (PS3.5 Annex G)."""
    count = form.samples * form.cell_bytes
    if len(frame) < _RLE_HEADER.size:
        raise ConversionError("The RLE header is truncated.")
    stated, *offsets = _RLE_HEADER.unpack_from(frame)
    if stated != count:
        raise ConversionError(f"The RLE pixels have {stated} segments where {count} are needed.")
    bounds = [*offsets[:count], len(frame)]
    if bounds[0] < _RLE_HEADER.size or any(end < begin for begin, end in pairwise(bounds)):
        raise ConversionError("The RLE header points outside the pixels.")
    pixels = form.rows * form.columns
    planes = np.empty((form.samples, pixels, form.cell_bytes), np.uint8)
    for index, (begin, end) in enumerate(pairwise(bounds)):
        segment = _rle_segment(frame[begin:end], pixels)
        planes[index // form.cell_bytes, :, form.cell_bytes - 1 - index % form.cell_bytes] = segment
    cells = planes.view(form.dtype).reshape(form.samples, form.rows, form.columns)
    return (cells[0] if form.samples == 1 else np.moveaxis(cells, 0, -1)), form


def _rle_segment(segment: bytes, pixels: int) -> Array:
    """Decode one segment; a little more than needed is a writer's padding."""
    data = _run(
        lambda: np.frombuffer(imagecodecs.packbits_decode(segment, out=pixels + _RLE_PADDING), np.uint8),
        "RLE",
    )
    if data.size < pixels:
        raise ConversionError("The RLE pixels are truncated.")
    return data[:pixels]


def _jpeg(what: str, processes: frozenset[int], decode: Callable[[bytes], Any], *, lossy: bool = False) -> Decoder:
    def decoder(frame: bytes, form: PixelForm) -> tuple[Array, PixelForm]:
        facts = jpeg_facts(frame)
        if facts.process not in processes:
            raise ConversionError(f"The codestream is of JPEG process 0x{facts.process:02X}, which is not {what}.")
        if processes is _SEQUENTIAL and facts.precision < form.bits_stored:
            raise ConversionError(
                f"The {what} codestream has {facts.precision} bits, but Bits Stored says {form.bits_stored}."
            )
        form = _agree(facts, form, what, lossy=lossy)
        array = _run(lambda: decode(frame), what)
        return (_within_stored_range(array, facts, form) if lossy else array), form

    return decoder


def _jpeg2000(what: str, *, lossy: bool) -> Decoder:
    def decoder(frame: bytes, form: PixelForm) -> tuple[Array, PixelForm]:
        codestream = jpeg2000_codestream(frame)
        facts = jpeg2000_facts(codestream)
        form = _agree(facts, form, what, lossy=lossy)
        array = _run(lambda: imagecodecs.jpeg2k_decode(codestream, numthreads=_THREADS), what)
        return (_within_stored_range(array, facts, form) if lossy else array), form

    return decoder


_libjpeg = imagecodecs.jpeg8_decode
_charls = imagecodecs.jpegls_decode
_DECODERS: Final[dict[UID, Decoder]] = {
    RLELossless: _rle,
    JPEGBaseline8Bit: _jpeg("JPEG Baseline", _SEQUENTIAL, _libjpeg, lossy=True),
    JPEGExtended12Bit: _jpeg("JPEG Extended", _SEQUENTIAL, _libjpeg, lossy=True),
    JPEGLossless: _jpeg("JPEG Lossless", _LOSSLESS, _libjpeg),
    JPEGLosslessSV1: _jpeg("JPEG Lossless", _LOSSLESS, _libjpeg),
    JPEGLSLossless: _jpeg("JPEG-LS", _JPEG_LS, _charls),
    JPEGLSNearLossless: _jpeg("JPEG-LS", _JPEG_LS, _charls, lossy=True),
    JPEG2000Lossless: _jpeg2000("JPEG 2000", lossy=False),
    JPEG2000: _jpeg2000("JPEG 2000", lossy=True),
    HTJ2KLossless: _jpeg2000("HTJ2K", lossy=False),
    HTJ2KLosslessRPCL: _jpeg2000("HTJ2K", lossy=False),
    HTJ2K: _jpeg2000("HTJ2K", lossy=True),
}

COMPRESSED_TRANSFER_SYNTAXES: Final = frozenset(_DECODERS)
"""Every transfer syntax `decode_frame` reads."""
