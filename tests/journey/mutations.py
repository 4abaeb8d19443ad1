"""Seeded damage to DICOM files: what cables, disks, other people's software and attackers do."""

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass

Damage = Callable[[bytearray, "Layout", random.Random], None]

_LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT", b"SV", b"UV"})
_ALL_VRS = (
    *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL"),
    *(b"SS", b"ST", b"TM", b"UI", b"UL", b"US", b"OB", b"OW", b"SQ", b"UN", b"UT", b"XX", b"\x00\x00"),
)
_SIZES = (0, 1, 2, 3, 7, 8, 63, 64, 65, 255, 0x7FFF, 0xFFFE, 0xFFFF)
_LONG_SIZES = (*_SIZES, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF)
# group 0028 as (element): Samples per Pixel, Photometric, Planar, Frames, Rows, Columns, Bits, Sign, Window
_IMAGE_ELEMENTS = (0x0002, 0x0004, 0x0006, 0x0008, 0x0010, 0x0011, 0x0100, 0x0101, 0x0102, 0x0103, 0x1050, 0x1051)


@dataclass(frozen=True)
class Element:
    """Where one element of the top level stands in the file."""

    group: int
    number: int
    start: int
    vr_at: int | None
    length_at: int
    length_size: int
    value_at: int
    end: int


@dataclass(frozen=True)
class Layout:
    """Where things stand in a Part 10 file; no elements where its data set is deflated."""

    data_set_at: int
    elements: tuple[Element, ...]


def layout_of(content: bytes, *, explicit_vr: bool, deflated: bool) -> Layout:
    """Walk over the top level of an undamaged little endian file."""
    start = 132 + 12 + int.from_bytes(content[140:144], "little")
    elements: list[Element] = []
    position = start
    while not deflated and position + 8 <= len(content):
        element = _element(content, position, explicit_vr)
        elements.append(element)
        position = element.end
    return Layout(start, tuple(elements))


def _element(content: bytes, start: int, explicit_vr: bool) -> Element:
    group, number = struct.unpack_from("<HH", content, start)
    vr_at, length_at, size = None, start + 4, 4
    if explicit_vr:
        vr_at = start + 4
        long_form = content[vr_at : vr_at + 2] in _LONG_VRS
        length_at, size = (start + 8, 4) if long_form else (start + 6, 2)
    length = int.from_bytes(content[length_at : length_at + size], "little")
    value_at = length_at + size
    # undefined length: encapsulated pixels and some sequences; good enough to call it the rest of the file
    end = len(content) if length == 0xFFFFFFFF else value_at + length
    return Element(group, number, start, vr_at, length_at, size, value_at, min(end, len(content)))


def _flip(content: bytearray, layout: Layout, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 2, 4, 16, 64))):
        content[rng.randrange(layout.data_set_at, len(content))] = rng.randrange(256)


def _flip_in_header(content: bytearray, layout: Layout, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 2, 4, 8))):
        end = min(len(content), layout.data_set_at + 1500)
        content[rng.randrange(layout.data_set_at, end)] = rng.randrange(256)


def _truncate(content: bytearray, layout: Layout, rng: random.Random) -> None:
    nothing_left = rng.random() < 0.1
    del content[layout.data_set_at if nothing_left else rng.randrange(layout.data_set_at, len(content)) :]


def _blank(content: bytearray, layout: Layout, rng: random.Random) -> None:
    at = rng.randrange(layout.data_set_at, len(content))
    size = min(rng.choice((4, 32, 512, 8192)), len(content) - at)
    content[at : at + size] = bytes([rng.choice((0, 255, 32))]) * size


def _insert(content: bytearray, layout: Layout, rng: random.Random) -> None:
    at = rng.randrange(layout.data_set_at, len(content))
    content[at:at] = rng.randbytes(rng.choice((1, 2, 8, 100, 5000)))


def _delete(content: bytearray, layout: Layout, rng: random.Random) -> None:
    at = rng.randrange(layout.data_set_at, len(content))
    del content[at : at + rng.choice((1, 2, 8, 100, 5000))]


def _wrong_vr(content: bytearray, layout: Layout, rng: random.Random) -> None:
    candidates = [element for element in layout.elements if element.vr_at is not None]
    for element in rng.sample(candidates, min(len(candidates), rng.choice((1, 1, 3)))):
        assert element.vr_at is not None
        content[element.vr_at : element.vr_at + 2] = rng.choice(_ALL_VRS)


def _lying_length(content: bytearray, layout: Layout, rng: random.Random) -> None:
    if not layout.elements:
        return _flip(content, layout, rng)
    element = rng.choice(layout.elements)
    size = rng.choice(_SIZES if element.length_size == 2 else _LONG_SIZES)
    content[element.length_at : element.value_at] = size.to_bytes(element.length_size, "little")
    return None


def _other_value(content: bytearray, layout: Layout, rng: random.Random) -> None:
    """Replace a value by another of the same length: the structure stays sound, the meaning does not."""
    image = [one for one in layout.elements if one.group == 0x28 and one.number in _IMAGE_ELEMENTS]
    candidates = image if image and rng.random() < 0.7 else list(layout.elements[:-1])
    if not candidates:
        return _flip(content, layout, rng)
    element = rng.choice(candidates)
    size = element.end - element.value_at
    filler = rng.choice((b"\x00", b"\xff", b"9", b"-", b"\\", b".", b"\x01\x00", b"\x80", b"\xff\x7f", b"1E"))
    content[element.value_at : element.end] = (filler * size)[:size] if rng.random() < 0.8 else rng.randbytes(size)
    return None


def _no_value(content: bytearray, layout: Layout, rng: random.Random) -> None:
    if not layout.elements:
        return _truncate(content, layout, rng)
    element = rng.choice(layout.elements)
    content[element.length_at : element.end] = bytes(element.length_size)
    return None


def _no_element(content: bytearray, layout: Layout, rng: random.Random) -> None:
    if not layout.elements:
        return _delete(content, layout, rng)
    element = rng.choice(layout.elements)
    del content[element.start : element.end]
    return None


def _twice(content: bytearray, layout: Layout, rng: random.Random) -> None:
    if not layout.elements:
        return _insert(content, layout, rng)
    element = rng.choice(layout.elements)
    content[element.end : element.end] = content[element.start : element.end]
    return None


_DAMAGES: dict[str, Damage] = {
    "bytes flipped": _flip,
    "bytes flipped in the header": _flip_in_header,
    "truncated": _truncate,
    "a stretch blanked": _blank,
    "bytes inserted": _insert,
    "bytes deleted": _delete,
    "wrong VR": _wrong_vr,
    "lying length": _lying_length,
    "other value": _other_value,
    "no value": _no_value,
    "no element": _no_element,
    "an element twice": _twice,
}


def damage(content: bytes, layout: Layout, seed: int) -> tuple[bytes, str]:
    """Return the file with one or several damages, and their names; the same seed does the same damage.

    The file meta stays whole: over the network it is not sent, and the node writes its own.
    """
    rng = random.Random(seed)
    damaged = bytearray(content)
    # later damages would look for elements where they no longer stand, so only the first may be structural
    first = rng.choice(tuple(_DAMAGES))
    _DAMAGES[first](damaged, layout, rng)
    names = [first]
    while rng.random() < 0.2 and len(damaged) > layout.data_set_at + 64:
        _flip(damaged, layout, rng)
        names.append("bytes flipped")
    return bytes(damaged), ", ".join(names)
