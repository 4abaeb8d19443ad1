"""The decoding processes: limited, killed without regret, replaced; their parent goes on."""

import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import psutil
import pytest

from tests import synthetic
from tests.journey.waiting import wait_until
from tests.webapp.diagnosis import uploads
from webapp.diagnosis.decode_pool import DecodePool
from webapp.diagnosis.errors import Refusal

MEMORY = 2 * 1024**3
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def pool() -> Iterator[DecodePool]:
    made = DecodePool(1, 60, MEMORY)
    yield made
    made.close()


def _file(content: bytes) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the tests close it
    file.write(content)
    return file


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "TIFF"])
def test_a_picture_comes_back_as_grey_levels(pool: DecodePool, image_format: str) -> None:
    with _file(uploads.encoded(image_format)) as file:
        found = pool.decode(file)
    expected = uploads.phantom().astype(np.float64) * 257
    assert found.facts.image_format == image_format
    assert found.pixels.dtype == np.uint16
    np.testing.assert_allclose(found.pixels, expected, atol=0 if image_format != "JPEG" else 20 * 257)


@pytest.mark.parametrize("image_format", ["PNG", "TIFF"])
def test_sixteen_bits_stay_sixteen_bits(pool: DecodePool, image_format: str) -> None:
    deep = (uploads.phantom().astype(np.uint16) << 8) | np.arange(500, dtype=np.uint16) % 256
    with _file(uploads.encoded(image_format, deep)) as file:
        assert np.array_equal(pool.decode(file).pixels, deep)


@pytest.mark.parametrize("deep", [False, True], ids=["8 bit", "16 bit"])
def test_a_tiff_whose_white_is_zero_is_turned(pool: DecodePool, deep: bool) -> None:
    expected = uploads.phantom().astype(np.uint16) * np.uint16(257)
    # Pillow turns 8-bit pictures as it writes them, and deep ones not
    stored = np.uint16(65535) - expected if deep else uploads.phantom()
    with _file(uploads.encoded("TIFF", stored, tiffinfo={262: 0})) as file:
        assert np.array_equal(pool.decode(file).pixels, expected)


def test_a_dicom_file_brings_its_identity_along(pool: DecodePool, tmp_path: Path) -> None:
    ds = synthetic.make_mg(seed=5, laterality="L", view="MLO")
    with _file(uploads.part10(ds, tmp_path)) as file:
        facts = pool.decode(file).facts
    assert (facts.image_format, facts.laterality, facts.view) == ("DICOM", "L", "MLO")
    assert facts.dicom is not None
    assert facts.dicom.sop_instance_uid == ds.SOPInstanceUID


def test_a_picture_over_the_memory_limit_is_refused_and_the_next_one_works() -> None:
    pool = DecodePool(1, 60, 700 * 1024**2)
    huge = np.zeros((9_900, 9_900, 3), np.uint8)
    try:
        with _file(uploads.encoded("PNG", huge, compress_level=1)) as file, pytest.raises(Refusal) as refusal:
            pool.decode(file)
        assert refusal.value.status == 413
        assert "memory" in refusal.value.detail
        with _file(uploads.encoded("PNG")) as file:
            assert pool.decode(file).facts.rows == 700
    finally:
        pool.close()


def test_a_picture_over_the_time_limit_is_refused_and_its_process_is_gone() -> None:
    pool = DecodePool(1, 0.001, MEMORY)
    pool.warm_up()
    (first,) = pool.children()
    try:
        with _file(uploads.encoded("PNG", uploads.phantom(6000, 5000))) as file, pytest.raises(Refusal) as refusal:
            pool.decode(file)
        assert refusal.value.status == 422
        assert "within" in refusal.value.detail
        assert not psutil.pid_exists(first)
        assert pool.children() == []
    finally:
        pool.close()


def test_a_killed_process_is_replaced_unseen(pool: DecodePool) -> None:
    pool.warm_up()
    (first,) = pool.children()
    with _file(uploads.encoded("PNG")) as file:
        pool.decode(file)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: psutil.Process(first).status() == psutil.STATUS_ZOMBIE, 30, "the process dead")
        assert pool.decode(file).facts.rows == 700
    assert pool.children() != [first]


def test_a_process_that_dies_at_work_costs_its_own_upload_alone(pool: DecodePool) -> None:
    pool.warm_up()
    (first,) = pool.children()
    os.kill(first, signal.SIGSTOP)  # it has the job and does nothing
    with _file(uploads.encoded("PNG")) as file:
        killer = subprocess.Popen(["/bin/sh", "-c", f"sleep 0.5; kill -9 {first}"])
        with pytest.raises(Refusal) as refusal:
            pool.decode(file)
        killer.wait()
        assert refusal.value.status == 422
        assert pool.decode(file).facts.rows == 700


def test_the_processes_end_with_their_parent() -> None:
    program = (
        "import os, django\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings_test'\n"
        "django.setup()\n"
        "from webapp.diagnosis.decode_pool import DecodePool\n"
        f"pool = DecodePool(2, 60, {MEMORY})\n"
        "pool.warm_up()\n"
        "print(*pool.children(), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    children = [int(word) for word in done.stdout.split()]
    assert len(children) == 2, done.stderr
    wait_until(lambda: not any(_runs(pid) for pid in children), 60, "no decoding process left")


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_decoding_process_carries_no_network_and_no_web_framework() -> None:
    program = (
        "import sys, webapp.diagnosis.decode_child\n"
        "print(sorted({'tensorflow', 'keras', 'django', 'rest_framework'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_file_that_is_open_is_enough(pool: DecodePool) -> None:
    """The upload has no name on the disk: the child reads it through the descriptor it was given."""
    with _file(uploads.encoded("PNG")) as file:
        assert os.fstat(file.fileno()).st_nlink == 0
        assert pool.decode(file).facts.columns == 500
        assert isinstance(file, io.IOBase)
