"""Images that will hide marks on some workstations are told of at commissioning."""

from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, ExplicitVRLittleEndian
from pytest_django.fixtures import Settings

from tests.factories import make_instance, make_study
from webapp.studies.commissioning_node import spatial_locations
from webapp.studies.commissioning_outcome import Check, Status

pytestmark = pytest.mark.django_db


def _check(settings: Settings, folder: Path, *statements: str | None, keyword: str = "SourceImageSequence") -> Check:
    """Keep an image for each statement (None: it names no source) and look at them."""
    settings.NODE_ARCHIVE_DIR = folder
    study = make_study(views=())
    for statement in statements:
        row = make_instance(study)
        header = Dataset()
        header.SOPClassUID, header.SOPInstanceUID = row.sop_class_uid, row.sop_instance_uid
        if statement is not None:
            item = Dataset()
            item.ReferencedSOPInstanceUID = "1.2.3"
            if statement:
                item.SpatialLocationsPreserved = statement
            setattr(header, keyword, DicomSequence([item]))
        header.file_meta = FileMetaDataset()
        header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        header.file_meta.MediaStorageSOPClassUID = UID(row.sop_class_uid)
        header.file_meta.MediaStorageSOPInstanceUID = UID(row.sop_instance_uid)
        path = folder / row.path
        path.parent.mkdir(parents=True, exist_ok=True)
        header.save_as(path, enforce_file_format=True)
    return spatial_locations()


@pytest.mark.parametrize("statement", ["NO", ""])
def test_image_that_does_not_keep_places_is_told_of(settings: Settings, tmp_path: Path, statement: str) -> None:
    check = _check(settings, tmp_path, "YES", statement)
    assert check.status is Status.NOT_PROVEN
    assert "hide marks" in check.sentence
    assert "YES: 1" in check.sentence


def test_images_that_keep_places_or_name_no_source_pass(settings: Settings, tmp_path: Path) -> None:
    check = _check(settings, tmp_path, "YES", "REORIENTED_ONLY", None)
    assert check.status is Status.PASSED
    assert "names no source: 1" in check.sentence


def test_referenced_image_counts_only_where_it_says_something(settings: Settings, tmp_path: Path) -> None:
    assert _check(settings, tmp_path, "", keyword="ReferencedImageSequence").status is Status.PASSED
    assert _check(settings, tmp_path, "NO", keyword="ReferencedImageSequence").status is Status.NOT_PROVEN


def test_nothing_is_claimed_without_readable_images(settings: Settings, tmp_path: Path) -> None:
    assert _check(settings, tmp_path).status is Status.NOT_PROVEN
    row = make_instance(make_study(views=()))
    (tmp_path / row.path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / row.path).write_bytes(b"damaged")
    check = spatial_locations()
    assert check.status is Status.NOT_PROVEN
    assert "no readable image" in check.sentence
