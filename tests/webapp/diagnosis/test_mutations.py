"""Two thousand damaged files through the upload's door, with real decoding processes. The counts are printed."""

import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from django.core.cache import cache
from django.test import Client
from numpy.typing import NDArray
from pytest_django.fixtures import Settings

from tests import figures, synthetic
from tests.factories import make_user
from tests.journey import mutations
from tests.webapp.diagnosis import uploads
from tests.webapp.diagnosis.uploads import encoded, post
from webapp.accounts.roles import Role
from webapp.diagnosis.decode_pool import pool

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]

FILES = 2000
# a process that grew with each file would be far beyond this; what the libraries keep for themselves is not
GROWTH_LIMIT_BYTES = 200 * 1024**2
ANSWERS = {200, 400, 413, 415, 422}


def _flip(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        content[chance.randrange(len(content))] = chance.randrange(256)


def _flip_at_start(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 2, 4))):
        content[chance.randrange(min(len(content), 200))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))


def _truncate(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


def _insert(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content))
    content[at:at] = chance.randbytes(chance.choice((1, 4, 100)))


def _delete(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content))
    del content[at : at + chance.choice((1, 4, 100))]


def _blank(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content))
    end = min(len(content), at + chance.choice((4, 16, 256)))
    content[at:end] = bytes([chance.choice((0, 0xFF))]) * (end - at)


_DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _flip_at_start, _truncate, _insert, _delete, _blank,
)  # fmt: skip


def _no_breast(rows: int, columns: int) -> NDArray[np.uint8]:
    """Return stripes: what still decodes goes as far as the gate, and the network is not what is tested here."""
    return np.tile((np.arange(columns) * 5 % 256).astype(np.uint8), (rows, 1))


def _sound_files(folder: Path) -> dict[str, bytes]:
    grey = _no_breast(120, 90)
    deep = grey.astype(np.uint16) * np.uint16(257)
    sound = {
        "PNG": encoded("PNG", grey),
        "PNG 16": encoded("PNG", deep),
        "JPEG": encoded("JPEG", grey),
        "JPEG progressive": encoded("JPEG", grey, progressive=True),
        "TIFF": encoded("TIFF", grey),
        "TIFF 16 LZW": encoded("TIFF", deep, compression="tiff_lzw"),
    }
    for name, syntax in (
        ("DICOM", "1.2.840.10008.1.2.1"),
        ("DICOM JPEG 2000", "1.2.840.10008.1.2.4.90"),
        ("DICOM JPEG-LS", "1.2.840.10008.1.2.4.80"),
        ("DICOM RLE", "1.2.840.10008.1.2.5"),
    ):
        pixels = _no_breast(800, 500).astype(np.uint16) * np.uint16(16)
        sound[name] = uploads.part10(synthetic.make_mg(seed=5, pixels=pixels, transfer_syntax=syntax), folder)
    return sound


def _damaged(name: str, content: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    if name == "DICOM" and chance.random() < 0.5:
        layout = mutations.layout_of(content, explicit_vr=True, deflated=False)
        return mutations.damage(content, layout, seed)[0]
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 1, 2))):
        if damaged:
            chance.choice(_DAMAGES)(damaged, chance)
    return bytes(damaged)


def _memory_bytes(pids: list[int]) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in pids)


def _files(settings: Settings) -> set[Path]:
    return {path for path in settings.NODE_DATA_DIR.rglob("*") if path.is_file()}


@pytest.fixture
def _no_log() -> Iterator[None]:
    """The test runner keeps every record, and with it the request and its file: that is not the node's memory."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("_no_log")
def test_no_damaged_file_breaks_the_service_or_leaves_anything_behind(
    client: Client, tmp_path: Path, settings: Settings
) -> None:
    client.force_login(make_user("alice", Role.CLINICIAN))
    sound = _sound_files(tmp_path)
    for content in sound.values():  # warm: what the libraries load once is no growth
        cache.clear()
        assert post(client, content).status_code == 422
    before, lost = _files(settings), pool().lost
    memory = _memory_bytes([psutil.Process().pid, *pool().children()])
    counts: Counter[str] = Counter()
    names = list(sound)
    for seed in range(FILES):
        cache.clear()
        name = names[seed % len(names)]
        answer = post(client, _damaged(name, sound[name], seed))
        assert answer.status_code in ANSWERS, (name, seed, answer.content)
        assert answer.status_code == 200 or answer["Content-Type"] == "application/problem+json", (name, seed)
        counts[f"{name.split()[0]} {answer.status_code}"] += 1
    own, theirs = _memory_bytes([psutil.Process().pid]), _memory_bytes(pool().children())
    grown = own + theirs - memory
    figures.note(f"{FILES} damaged uploads: {dict(sorted(counts.items()))}")
    figures.note(
        f"memory of the web process and its decoders: {own / 1e6:.0f} + {theirs / 1e6:.0f} MB, {grown / 1e6:+.0f}"
    )
    assert pool().lost == lost, "a decoding process died"
    assert {path for path in _files(settings) - before if "derived" not in path.parts} == set()
    assert grown < GROWTH_LIMIT_BYTES
