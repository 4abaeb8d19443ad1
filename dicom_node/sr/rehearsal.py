"""Build one report about nobody, so that the first real one does not wait for highdicom's tables (0.7 s)."""

from datetime import UTC, datetime

from pydicom.dataset import Dataset
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation

from dicom_node.sr import measurement
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import Algorithm, NotAnalysedImage, OperatingPoint, ReportContent
from dicom_node.sr.identity import derive_uid


def rehearse() -> None:
    """Build a report and throw it away.

    Raises
    ------
    ReportError
        If reports cannot be built at all: better known at start than at the first study.
    """
    header = Dataset()
    header.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        setattr(header, keyword, derive_uid("rehearsal", keyword))
    header.Modality, header.Rows, header.Columns = "MG", 1, 1
    content = ReportContent(
        study_instance_uid=header.StudyInstanceUID,
        round_number=1,
        created_at=datetime(2000, 1, 1, tzinfo=UTC),
        algorithm=Algorithm("rehearsal", "0", "0" * 64, "Mammonode"),
        operating_point=OperatingPoint("rehearsal", 0.5),
        not_analysed=(
            NotAnalysedImage(
                header.SOPInstanceUID, None, None, Concept("111225", "DCM", "Not Attempted"), "This is a rehearsal."
            ),
        ),
    )
    measurement.to_part10(measurement.build_measurement_report(content, [header]))
