"""A file for a report row: the smallest object that a storage SCP takes."""

from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from webapp.studies.models import Report


def write_report(report: Report, archive: Path) -> Path:
    """Write the file of a report row and return its path."""
    header = Dataset()
    header.SOPClassUID = report.sop_class_uid
    header.SOPInstanceUID = report.sop_instance_uid
    header.StudyInstanceUID = report.round.study.study_instance_uid
    header.SeriesInstanceUID = f"{header.StudyInstanceUID}.9"
    header.Modality = "SR"
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.file_meta.MediaStorageSOPClassUID = UID(report.sop_class_uid)
    header.file_meta.MediaStorageSOPInstanceUID = UID(report.sop_instance_uid)
    path = archive / report.path
    path.parent.mkdir(parents=True, exist_ok=True)
    header.save_as(path, enforce_file_format=True)
    return path
