"""Statuses mean what the standard says."""

import pytest
from pynetdicom.status import STORAGE_SERVICE_CLASS_STATUS

from dicom_node.status import Status, StatusCategory, category_of


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (0x0000, StatusCategory.SUCCESS),
        (0xB000, StatusCategory.WARNING),
        (0xB006, StatusCategory.WARNING),
        (0xB007, StatusCategory.WARNING),
        (0x0107, StatusCategory.WARNING),
        (0xA700, StatusCategory.TRANSIENT_FAILURE),
        (0xA7FF, StatusCategory.TRANSIENT_FAILURE),
        (0x0110, StatusCategory.TRANSIENT_FAILURE),
        (0x0213, StatusCategory.TRANSIENT_FAILURE),
        (0xA800, StatusCategory.PERMANENT_FAILURE),
        (0xA900, StatusCategory.PERMANENT_FAILURE),
        (0xC000, StatusCategory.PERMANENT_FAILURE),
        (0xCFFF, StatusCategory.PERMANENT_FAILURE),
        (0x0122, StatusCategory.PERMANENT_FAILURE),
        (0x0124, StatusCategory.PERMANENT_FAILURE),
        (0x4321, StatusCategory.PERMANENT_FAILURE),
    ],
)
def test_category_follows_the_standards_tables(status: int, category: StatusCategory) -> None:
    assert category_of(status) is category


@pytest.mark.parametrize("status", list(Status))
def test_every_status_returned_belongs_to_the_storage_service_class(status: Status) -> None:
    assert int(status) in STORAGE_SERVICE_CLASS_STATUS


def test_only_lack_of_resources_asks_the_sender_to_try_again() -> None:
    transient = {status for status in Status if category_of(status) is StatusCategory.TRANSIENT_FAILURE}
    assert transient == {Status.OUT_OF_RESOURCES}
