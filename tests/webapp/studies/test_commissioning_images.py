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


def _check(settings: Settings, folder: Path, *statements: str | None) -> Check:
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
            header.SourceImageSequence = DicomSequence([item])
        header.file_meta = FileMetaDataset()
        header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        header.file_meta.MediaStorageSOPClassUID = UID(row.sop_class_uid)
        header.file_meta.MediaStorageSOPInstanceUID = UID(row.sop_instance_uid)
        path = folder / row.path
        path.parent.mkdir(parents=True, exist_ok=True)
        header.save_as(path, enforce_file_format=True)
    return spatial_locations()


@pytest.mark.parametrize("statement", ["NO", "REORIENTED_ONLY", "", None])
def test_image_that_does_not_say_that_it_keeps_places_is_told_of(
    settings: Settings, tmp_path: Path, statement: str | None
) -> None:
    check = _check(settings, tmp_path, "YES", statement)
    assert check.status is Status.NOT_PROVEN
    assert "show marks only on images that say YES" in check.sentence
    assert f"{statement or 'absent'}: 1" in check.sentence


def test_images_that_keep_places_pass(settings: Settings, tmp_path: Path) -> None:
    check = _check(settings, tmp_path, "YES", "YES")
    assert check.status is Status.PASSED
    assert "YES: 2" in check.sentence


def test_image_that_is_not_for_presentation_does_not_count(settings: Settings, tmp_path: Path) -> None:
    assert _check(settings, tmp_path, "YES").status is Status.PASSED
    row = make_instance(make_study(views=()))
    row.sop_class_uid = "1.2.840.10008.5.1.4.1.1.1.2.1"
    row.save()
    assert spatial_locations().status is Status.PASSED


def test_nothing_is_claimed_without_readable_images(settings: Settings, tmp_path: Path) -> None:
    assert _check(settings, tmp_path).status is Status.NOT_PROVEN
    row = make_instance(make_study(views=()))
    (tmp_path / row.path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / row.path).write_bytes(b"damaged")
    check = spatial_locations()
    assert check.status is Status.NOT_PROVEN
    assert "no readable mammogram" in check.sentence
