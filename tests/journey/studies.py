"""Phantom studies as files: each patient carries the marks that `leaks` looks for."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian

from tests import synthetic
from tests.journey import leaks


@dataclass(frozen=True)
class PhantomStudy:
    """The files of one study; nothing of it was sent yet."""

    uid: str
    paths: tuple[Path, ...]
    sop_instance_uids: tuple[str, ...]


def seed_of(name: str) -> int:
    """Return a seed of its own for each name, the same in every run."""
    return zlib.crc32(name.encode())


def image(
    name: str,
    *,
    laterality: str = "L",
    view: str = "CC",
    instance_number: int = 1,
    rows: int = 832,
    columns: int = 512,
    **options: object,
) -> FileDataset:
    """Make one image of the study that bears this name: as small as a whole breast may be."""
    seed = seed_of(name)
    made = synthetic.make_mg(
        laterality=laterality,
        view=view,
        # phantoms of one seed share their pixels, which are kept: many studies cost little
        seed=1,
        study=seed,
        instance_number=instance_number,
        rows=rows,
        columns=columns,
        patient_name=leaks.NAME,
        **options,  # type: ignore[arg-type]
    )
    made.PatientID = f"{leaks.PATIENT_ID}-{seed}"
    made.PatientBirthDate = leaks.BIRTH_DATE
    return made


def write(images: Sequence[FileDataset], folder: Path, name: str) -> PhantomStudy:
    """Write images as the files of one study."""
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    paths = tuple(synthetic.write(one, home / f"{number}.dcm") for number, one in enumerate(images, start=1))
    uids = tuple(str(one.SOPInstanceUID) for one in images)
    return PhantomStudy(str(images[0].StudyInstanceUID), paths, uids)


def four_views(
    folder: Path, name: str, *, transfer_syntax: str = ExplicitVRLittleEndian, **options: object
) -> PhantomStudy:
    """Write RCC, LCC, RMLO and LMLO of one study."""
    images = [
        image(
            name,
            laterality=laterality,
            view=view,
            instance_number=number,
            transfer_syntax=transfer_syntax,
            **options,  # type: ignore[arg-type]
        )
        for number, (laterality, view) in enumerate(synthetic.EXPECTED_VIEWS, start=1)
    ]
    return write(images, folder, name)


def data_set_bytes(path: Path) -> bytes:
    """Return the encoded data set of a Part 10 file: what goes over the wire, without the file meta."""
    with path.open("rb") as file:
        file.seek(132)
        # (0002,0000) counts what follows it in the group
        meta = pydicom.filereader.read_file_meta_info(path)
        file.seek(132 + 12 + int(meta.FileMetaInformationGroupLength))
        return file.read()
