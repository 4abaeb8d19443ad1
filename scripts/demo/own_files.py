"""The user's own DICOM files: found at any depth, grouped by study, pushed as they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import MediaStorageDirectoryStorage

from scripts.demo.errors import UsageError
from scripts.demo.studies import Chapter, Picture, Study


@dataclass(frozen=True)
class Skipped:
    """A file that is not pushed, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Found:
    """What lies under the path the user gave."""

    chapter: Chapter
    skipped: tuple[Skipped, ...]


def find(path: Path) -> Found:
    """Return the studies under `path`, a file or a folder.

    Raises
    ------
    UsageError
        If nothing there can be pushed.
    """
    if not path.exists():
        raise UsageError(f"There is no file or folder {path}.")
    files = [path] if path.is_file() else sorted(entry for entry in path.rglob("*") if entry.is_file())
    pictures: dict[str, list[Picture]] = {}
    skipped: list[Skipped] = []
    seen: set[str] = set()
    for file in files:
        outcome = _read(file)
        if isinstance(outcome, str):
            skipped.append(Skipped(file, outcome))
            continue
        study, picture = outcome
        if picture.sop_instance_uid in seen:
            skipped.append(Skipped(file, "a file before it has the same SOP Instance UID"))
            continue
        seen.add(picture.sop_instance_uid)
        pictures.setdefault(study, []).append(picture)
    if not pictures:
        reasons = "".join(f"\n  {skip.path.name}: {skip.reason}" for skip in skipped[:10])
        raise UsageError(f"There is no DICOM object to push in {path}.{reasons}")
    studies = tuple(
        Study(f"study {number}", f"study-{number}", uid, tuple(found))
        for number, (uid, found) in enumerate(pictures.items(), start=1)
    )
    return Found(Chapter(f"Your files: {path}", studies), tuple(skipped))


def _read(file: Path) -> tuple[str, Picture] | str:
    """Return the file's Study Instance UID and its picture, or the reason why it is not pushed."""
    try:
        header = dcmread(file, stop_before_pixels=True)
    except InvalidDicomError:
        return "not a DICOM file (no DICM after the preamble)"
    except PermissionError:
        return "may not be read"
    # pydicom raises nearly anything on a mutilated file; one such file must not keep the others back.
    except Exception as error:
        return f"cannot be read as DICOM ({type(error).__name__}: {error})"
    return _picture(file, header)


def _picture(file: Path, header: FileDataset) -> tuple[str, Picture] | str:
    meta = header.file_meta
    if meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        return "a DICOMDIR, not an object"
    for name in ("MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID", "TransferSyntaxUID"):
        if not meta.get(name):
            return f"its file meta information has no {name}"
    if not header.get("StudyInstanceUID"):
        return "it has no Study Instance UID"
    picture = Picture(
        path=file,
        sop_class_uid=str(meta.MediaStorageSOPClassUID),
        sop_instance_uid=str(meta.MediaStorageSOPInstanceUID),
        transfer_syntax_uid=str(meta.TransferSyntaxUID),
        file=file.name,
    )
    return str(header.StudyInstanceUID), picture
