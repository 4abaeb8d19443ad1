"""Studies for the tests of what is given of them, and their readers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian, RLELossless
from pytest_django.fixtures import Settings

from tests import synthetic
from tests.factories import make_study
from tests.webapp.portal.reading_room import Reader, marked_study
from webapp.studies.models import Instance, Study

ROWS, COLUMNS = 832, 512


@pytest.fixture
def images() -> list[FileDataset]:
    return synthetic.make_study(rows=ROWS, columns=COLUMNS)


@pytest.fixture
def archived(images: list[FileDataset], transactional_db: None) -> Iterator[Study]:
    """A study whose files lie in the archive, one of them compressed."""
    row = make_study(views=())
    row.study_instance_uid = str(images[0].StudyInstanceUID)
    row.patient_id, row.patient_name, row.accession_number = "PID-77", str(images[0].PatientName), "ACC-1"
    row.save()
    folder: Path = settings.NODE_ARCHIVE_DIR
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, image in enumerate(images):
        syntax = RLELossless if number == 3 else ExplicitVRLittleEndian
        path = synthetic.write(image, folder / f"{image.SOPInstanceUID}.dcm", syntax)
        paths.append(path)
        Instance.objects.create(
            study=row,
            sop_instance_uid=str(image.SOPInstanceUID),
            sop_class_uid=str(image.SOPClassUID),
            series_instance_uid=str(image.SeriesInstanceUID),
            transfer_syntax_uid=str(syntax),
            path=path.name,
            size_bytes=path.stat().st_size,
            received_from="PACS",
            received_address="127.0.0.1",
            received_at=row.last_received_at,
            receive_ms=1.0,
        )
    yield row
    for path in paths:
        path.unlink()


@pytest.fixture
def study(settings: Settings, tmp_path: Path) -> Study:
    """An analysed study of one image with one mark of the AI."""
    settings.NODE_ARCHIVE_DIR = tmp_path
    return marked_study(tmp_path)


@pytest.fixture
def alice(study: Study) -> Reader:
    return Reader("alice", study)


@pytest.fixture
def dora(study: Study) -> Reader:
    return Reader("dora", study)


@pytest.fixture
def erik(study: Study) -> Reader:
    return Reader("erik", study)
