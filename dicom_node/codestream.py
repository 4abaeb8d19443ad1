"""What an encoded frame says of itself, read before any decoder allocates for it.

A decoder believes its codestream. Rows and Columns may say one thing and the codestream another, or the
codestream may end early, and some decoders then return grey where pixels are missing; so size, depth and
end are checked here first.
"""

import struct
from dataclasses import dataclass
from typing import Final

from dicom_node.errors import ConversionError, UnsupportedPixels

_JP2_SIGNATURE: Final = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_START_OF_CODESTREAM: Final = b"\xff\x4f\xff\x51"
_END: Final = b"\xff\xd9"  # EOI of JPEG and JPEG-LS, EOC of JPEG 2000

_SOI, _SOS = 0xD8, 0xDA
_SIZ, _COD, _SOT = 0x51, 0x52, 0x90
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_START_OF_FRAME: Final = frozenset(set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7})
_MAXIMUM_TILES: Final = 65_535
_MAXIMUM_PRECINCTS: Final = 1_000_000


@dataclass(frozen=True)
class FrameFacts:
    """Size and depth of an encoded frame; ``process`` is the JPEG start-of-frame code, 0 for JPEG 2000."""

    rows: int
    columns: int
    samples: int
    precision: int
    signed: bool
    process: int


def jpeg_facts(frame: bytes) -> FrameFacts:
    """Read the frame header of a JPEG or JPEG-LS codestream.

    Parameters
    ----------
    frame
        The encoded frame, padding at its end allowed.

    Returns
    -------
    FrameFacts
        As the start-of-frame segment says.

    Raises
    ------
    ConversionError
        If there is none before the first scan, or the end-of-image marker is missing.

    References
    ----------
    ITU-T T.81 B.2.2; ITU-T T.87 C.2.2.
    """
    _check_end(frame)
    if frame[:2] != bytes((0xFF, _SOI)):
        raise ConversionError("The encoded pixels are no JPEG codestream.")
    position = 2
    while position + 4 <= len(frame):
        if frame[position] != 0xFF:
            break
        marker = frame[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        position += 2
        if marker in _STANDALONE:
            continue
        if marker == _SOS:
            break
        if marker in _START_OF_FRAME:
            return _start_of_frame(frame, position, marker)
        position += int.from_bytes(frame[position : position + 2], "big")
    raise ConversionError("The JPEG codestream has no frame header.")


def _start_of_frame(frame: bytes, position: int, marker: int) -> FrameFacts:
    if position + 8 > len(frame):
        raise ConversionError("The JPEG frame header is truncated.")
    _, precision, rows, columns, samples = struct.unpack_from(">HBHHB", frame, position)
    return FrameFacts(rows, columns, samples, precision, signed=False, process=marker)


def jpeg2000_codestream(frame: bytes) -> bytes:
    """Return the bare codestream: some writers keep the boxes of a JP2 file around it (PS3.5 A.4.4 bans them)."""
    if not frame.startswith(_JP2_SIGNATURE):
        return frame
    start = frame.find(_START_OF_CODESTREAM)
    if start < 0:
        raise ConversionError("The JPEG 2000 file holds no codestream.")
    return frame[start:]


def jpeg2000_facts(codestream: bytes) -> FrameFacts:
    """Read the image and tile size of a JPEG 2000 or HTJ2K codestream.

    Parameters
    ----------
    codestream
        From its start marker on, padding at its end allowed.

    Returns
    -------
    FrameFacts
        As the SIZ segment says.

    Raises
    ------
    ConversionError
        If the main header is malformed, the end is missing, or tiles or precincts would exhaust memory.
    UnsupportedPixels
        If components are subsampled or differ in depth.

    References
    ----------
    ITU-T T.800 A.5.1 (SIZ), A.6.1 (COD).
    """
    _check_end(codestream)
    if not codestream.startswith(_START_OF_CODESTREAM) or len(codestream) < 45:
        raise ConversionError("The encoded pixels are no JPEG 2000 codestream.")
    _, _, width, height, left, top, tile_width, tile_height, _, _, samples = struct.unpack_from(">HH8IH", codestream, 4)
    if not (left < width and top < height and tile_width and tile_height and 1 <= samples <= 4):
        raise ConversionError("The JPEG 2000 codestream gives an impossible image size.")
    components = codestream[42 : 42 + 3 * samples]
    if any(components[3 * i : 3 * i + 3] != components[:1] + b"\x01\x01" for i in range(samples)):
        raise UnsupportedPixels("The JPEG 2000 components are subsampled or differ in depth.")
    facts = FrameFacts(
        rows=height - top,
        columns=width - left,
        samples=samples,
        precision=(components[0] & 0x7F) + 1,
        signed=bool(components[0] & 0x80),
        process=0,
    )
    tiles = -(-width // tile_width) * -(-height // tile_height)
    if tiles > _MAXIMUM_TILES:
        raise ConversionError(f"The JPEG 2000 codestream has {tiles} tiles.")
    _check_precincts(codestream, facts, tiles)
    return facts


def _check_precincts(codestream: bytes, facts: FrameFacts, tiles: int) -> None:
    """Refuse precincts so small that a decoder's tables for them would outgrow the image."""
    position = 4 + int.from_bytes(codestream[4:6], "big")
    while position + 4 <= len(codestream) and codestream[position] == 0xFF:
        marker = codestream[position + 1]
        length = int.from_bytes(codestream[position + 2 : position + 4], "big")
        if marker == _SOT:
            return
        if marker == _COD:
            segment = codestream[position + 4 : position + 2 + length]
            if len(segment) < 10:
                break
            levels = segment[5]
            exponents = segment[10 : 11 + levels] if segment[0] & 1 else b"\xff" * (levels + 1)
            if levels > 32 or len(exponents) < levels + 1:
                break
            if _precincts(facts, tiles, exponents) > _MAXIMUM_PRECINCTS:
                raise ConversionError("The JPEG 2000 codestream has more precincts than a picture needs.")
        position += 2 + length
    raise ConversionError("The JPEG 2000 main header is malformed.")


def _precincts(facts: FrameFacts, tiles: int, exponents: bytes) -> int:
    total = 0
    for resolution, exponent in enumerate(exponents):
        shift = len(exponents) - 1 - resolution
        columns = -(-facts.columns >> shift >> (exponent & 0x0F)) or 1
        rows = -(-facts.rows >> shift >> (exponent >> 4)) or 1
        total += abs(columns) * abs(rows) + tiles
    return total * facts.samples


def _check_end(frame: bytes) -> None:
    """Padding may follow the end marker; a frame without one was cut off, though a decoder may not say so."""
    if not frame[-64:].rstrip(b"\0").endswith(_END):
        raise ConversionError("The encoded pixels are truncated: their end marker is missing.")
