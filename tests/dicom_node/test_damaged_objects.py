"""Thousands of damaged data sets: each ends refused or stored, and none takes the node with it.

The damage is done by a seeded generator, so a failure names the seed that makes it again.
"""

import random
from collections import Counter
from pathlib import Path

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from dicom_node.archive import Archive
from dicom_node.errors import InvalidObject
from dicom_node.reception import Reception, StoreRequest
from tests.dicom_node import wire
from tests.dicom_node.receiving import encoded, mammogram, receiver
from tests.dicom_node.wire import RawPeer

SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, RLELossless)
HEADER_BYTES = 3000

# Warnings about odd values are pydicom's way of being tolerant; the node lives with them, so do these tests.
pytestmark = pytest.mark.filterwarnings("ignore")


def damage(content: bytes, seed: int) -> bytes:
    rng = random.Random(seed)
    damaged = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(min(HEADER_BYTES, len(damaged))) if damaged and rng.random() < 0.9 else 0
        kind = rng.randrange(6)
        if kind == 0:
            damaged[at : at + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            damaged[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"])
        elif kind == 2:
            damaged[at : at + 2] = rng.choice([b"SQ", b"UN", b"OB", b"UI", b"\0\0", b"??"])
        elif kind == 3:
            del damaged[at : at + rng.randint(1, 200)]
        elif kind == 4:
            damaged[at:at] = rng.randbytes(rng.randint(1, 200))
        else:
            del damaged[rng.randrange(len(damaged) + 1) :]
    return bytes(damaged)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_damaged_objects_are_stored_or_refused(tmp_path: Path, syntax: str) -> None:
    image = mammogram(transfer_syntax=syntax)
    content = encoded(image, tmp_path)
    archive = Archive(tmp_path / "archive", 0)
    ended: Counter[str] = Counter()
    for seed in range(750):
        request = StoreRequest(
            image.SOPClassUID, image.SOPInstanceUID, image.SOPClassUID, syntax, "MODALITY", "127.0.0.1"
        )
        reception = Reception(archive, request)
        reception.write([damage(content, seed)])
        try:
            stored = reception.finish()
        except InvalidObject:  # anything else fails the test, and the seed is in the traceback
            ended["refused"] += 1
        else:
            ended["stored"] += 1
            stored.path.unlink()
    assert ended["stored"] > 20
    assert ended["refused"] > 20
    assert list((archive.root / "incoming").iterdir()) == []


@pytest.mark.parametrize(("fast", "count"), [(True, 300), (False, 60)], ids=["fast", "plain"])
def test_damaged_objects_are_answered_one_by_one(tmp_path: Path, fast: bool, count: int) -> None:
    image = mammogram()
    content = encoded(image, tmp_path)
    with receiver(tmp_path / "archive", fast=fast) as node, RawPeer(node.port) as peer:
        peer.associate()
        statuses = []
        for seed in range(count):
            damaged = damage(content, seed) or b"\0\0"
            peer.send(wire.store_command(image.SOPInstanceUID), *wire.fragments(damaged, 4000))
            statuses.append(peer.status())
        peer.release()
    assert set(statuses) <= {0x0000, 0xB000, 0xA900, 0xC000}
    assert 0xC000 in statuses
    assert 0xB000 in statuses
