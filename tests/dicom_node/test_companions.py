"""All companions of a study together: one patient, one study, series whose objects agree, UIDs that differ."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from dicom_node.keyimage import key_image
from dicom_node.marks import Mark
from dicom_node.pdf_report import build_pdf_report
from dicom_node.pdf_text import LANGUAGES
from dicom_node.presentation_state import presentation_state
from dicom_node.sr.content import ReportContent
from dicom_node.sr.measurement import build_measurement_report
from tests.dicom_node.sr.cases import as_read, content_of, rich_study
from tests.dicom_node.validators import check_entities


def _companions(content: ReportContent, headers: list[Dataset]) -> list[Dataset]:
    grey = np.full((32, 24), 20000, np.uint16)
    made = [key_image(content, header, grey) for header in headers]
    made += [presentation_state(content, header, [Mark(str(header.SOPInstanceUID), 9, 9, 0.5)]) for header in headers]
    return [*made, *(build_pdf_report(content, headers, language) for language in LANGUAGES)]


@pytest.mark.peer("dcentvfy")
def test_companions_of_two_rounds_agree_with_the_images_and_the_report(tmp_path: Path) -> None:
    images = rich_study()
    headers = [as_read(image) for image in images]
    content = content_of(images, probabilities=[0.875, 0.03125])
    later = replace(content, round_number=2, created_at=content.created_at.replace(hour=23))
    made = [*_companions(content, headers), *_companions(later, headers), build_measurement_report(content, headers)]
    paths = [tmp_path / f"{number}.dcm" for number in range(len(images) + len(made))]
    for ds, path in zip([*images, *made], paths, strict=True):
        ds.save_as(path, enforce_file_format=True)
    assert check_entities(paths) == ()
    assert len({ds.SOPInstanceUID for ds in made}) == len(made)
    assert len({(ds.SeriesInstanceUID, ds.InstanceNumber) for ds in made}) == len(made)
    assert {str(ds.PatientName) for ds in made} == {str(images[0].PatientName)}
    # the report of the later round is an hour before midnight in UTC, and on the next day where the images are from
    assert {ds.InstanceCreationDate for ds in made} == {"20240102", "20240103"}
