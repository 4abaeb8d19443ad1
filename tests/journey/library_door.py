"""Thousands of damaged files through the library, in a process of its own: it may die, hang or grow.

Run as ``python -m tests.journey.library_door FOLDER FIRST COUNT``. It walks the way of a received object:
reception, archive, view, eligibility, grey levels. It prints one JSON object: how many
files ended how, and every file that ended otherwise than in an answer. The seed under work stands in the file
``seed``, for the case that the process dies of it.
"""

import json
import logging
import resource
import signal
import sys
import traceback
import warnings
from collections import Counter
from pathlib import Path
from types import FrameType

from dicom_node.archive import Archive, StoredObject, StoreResult
from dicom_node.convert import convert
from dicom_node.eligibility import NotAnalysed, assess
from dicom_node.errors import DicomNodeError
from dicom_node.geometry import identify_view
from dicom_node.reception import Reception, StoreRequest
from tests.journey.bad_input import Damaged, damaged_file, sound_files
from tests.journey.leaks import refuse_patients

SECONDS_A_FILE = 20
MEMORY_BYTES = 4 * 1024**3


class TooSlowError(BaseException):
    """One file took longer than any may; not an Exception, so that no catch-all hides it."""


def main() -> None:
    """Walk every damaged file through the library and print what came of them."""
    folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGALRM, _too_slow)
    said = _keep_what_is_logged(folder / "log")
    sound = sound_files(folder, "library", rows=96, columns=72)
    archive = Archive(folder / "archive", 0)
    ended: Counter[str] = Counter()
    faults: list[str] = []
    for seed in range(first, first + count):
        (folder / "seed").write_text(str(seed), encoding="ascii")
        damaged = damaged_file(sound, seed)
        signal.alarm(SECONDS_A_FILE)
        try:
            ended[_walk(archive, damaged)] += 1
        except (Exception, TooSlowError) as error:
            faults.append(f"{damaged.what}: {_place(error)}: {type(error).__name__}: {error}"[:500])
        finally:
            signal.alarm(0)
    if list((folder / "archive" / "incoming").iterdir()):
        faults.append("files were left behind in incoming")
    try:
        refuse_patients({"log": said.read_bytes()})
    except AssertionError as error:
        faults.append(str(error))
    sys.stdout.write(json.dumps({"ended": ended, "faults": faults}))


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlowError(f"more than {SECONDS_A_FILE} s")


def _place(error: BaseException) -> str:
    """Return the last line of our own code that the error passed through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "dicom_node" in Path(frame.filename).parts]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "outside the library"


def _keep_what_is_logged(path: Path) -> Path:
    logging.basicConfig(filename=path, level=logging.INFO, encoding="utf-8")
    logging.captureWarnings(True)
    warnings.simplefilter("always")
    return path


def _walk(archive: Archive, damaged: Damaged) -> str:
    """Return in a word or two where the way of the file ended."""
    try:
        stored = _receive(archive, damaged)
    except DicomNodeError as error:
        return f"refused ({type(error).__name__})"
    try:
        assert stored.result is StoreResult.NEW
        try:
            reason = assess(stored.header, identify_view(stored.header))
        except DicomNodeError:
            reason = NotAnalysed.UNREADABLE
        try:
            convert(stored.path)
        except DicomNodeError:
            return "kept, not analysed (pixels)"
        # the phantoms of this walk are small to be quick; in all else they are whole breasts
        ruled_out = reason not in {None, NotAnalysed.TOO_SMALL}
        return "kept, not analysed (header)" if ruled_out else "kept, analysed"
    finally:
        stored.path.unlink()


def _receive(archive: Archive, damaged: Damaged) -> StoredObject:
    sound = damaged.sound
    request = StoreRequest(
        sop_class_uid=sound.sop_class_uid,
        sop_instance_uid=sound.sop_instance_uid,
        abstract_syntax=sound.sop_class_uid,
        transfer_syntax_uid=sound.transfer_syntax_uid,
        calling_ae_title="MODALITY",
        calling_address="127.0.0.1",
    )
    reception = Reception(archive, request)
    reception.write([damaged.content[sound.layout.data_set_at :]])
    return reception.finish()


if __name__ == "__main__":
    main()
