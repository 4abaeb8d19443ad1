"""Thousands of damaged files: each is converted or refused in words; none crashes, hangs or blows up."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import JPEGBaseline8Bit

from dicom_node.convert import convert
from dicom_node.eligibility import assess
from dicom_node.errors import ConversionError
from dicom_node.geometry import identify_view
from dicom_node.image_file import read_header
from tests.encoders import EVERY_TRANSFER_SYNTAX
from tests.synthetic import make_mg, write

FILES_A_SYNTAX = 200
VOI = ("LINEAR", "LUT", "SIGMOID")
LENGTHS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\1\0")

# pydicom warns about odd values it meets; a damaged file is full of them
pytestmark = pytest.mark.filterwarnings("ignore")


def damaged(content: bytes, random: np.random.Generator) -> bytes:
    data = bytearray(content)
    header_end = min(len(data), 1800)
    kind = random.integers(6)
    if kind == 0:  # cut off
        return bytes(data[: int(random.integers(0, len(data)))])
    if kind == 1:  # bytes anywhere
        for place in random.integers(132, len(data), int(random.integers(1, 20))):
            data[place] = int(random.integers(256))
    elif kind == 2:  # bytes in the header
        for place in random.integers(132, header_end, int(random.integers(1, 6))):
            data[place] = int(random.integers(256))
    elif kind == 3:  # a lying length, or what was one
        place = int(random.integers(132, len(data) - 4))
        data[place : place + 4] = LENGTHS[int(random.integers(len(LENGTHS)))]
    else:  # a stretch lost, or overwritten
        place, length = int(random.integers(132, len(data))), int(random.integers(1, 200))
        data[place : place + length] = random.bytes(length) if kind == 4 else b""
    return bytes(data)


@pytest.mark.parametrize("transfer_syntax", EVERY_TRANSFER_SYNTAX, ids=lambda uid: uid.keyword)
def test_damaged_files_are_converted_or_refused(tmp_path: Path, transfer_syntax: str) -> None:
    index = EVERY_TRANSFER_SYNTAX.index(transfer_syntax)
    random = np.random.default_rng(index)
    bits = 8 if transfer_syntax == JPEGBaseline8Bit else 12
    ds = make_mg(rows=64, columns=48, bits_stored=bits, voi=VOI[index % len(VOI)])
    content = write(ds, tmp_path / "whole.dcm", transfer_syntax).read_bytes()
    path = tmp_path / "damaged.dcm"
    outcomes: Counter[str] = Counter()
    sentences: set[str] = set()

    for _ in range(FILES_A_SYNTAX):
        path.write_bytes(damaged(content, random))
        try:
            grey = convert(path)
        except ConversionError as error:
            outcomes["refused"] += 1
            sentences.add(str(error))
        else:
            outcomes["converted"] += 1
            assert grey.pixels.dtype == np.uint16
            assert grey.pixels.ndim == 2
        try:
            header = read_header(path)
            assess(header, identify_view(header))
        except ConversionError:
            outcomes["header refused"] += 1

    assert all(sentence.endswith(".") for sentence in sentences)
    assert outcomes["refused"] > FILES_A_SYNTAX // 10
    assert outcomes["converted"] > 0
