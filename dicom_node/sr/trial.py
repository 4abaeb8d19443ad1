"""A small Structured Report about nobody, to try a peer with: stored, found, committed, and then deleted there.

References
----------
DICOM PS3.3 A.35.13 (Comprehensive 3D SR IOD), C.17.1 to C.17.3
"""

import uuid
from datetime import datetime
from typing import Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, Comprehensive3DSRStorage, ExplicitVRLittleEndian

from dicom_node.sr import codes, identity, items
from dicom_node.sr.codes import Concept
from dicom_node.sr.document import RESEARCH_USE_ONLY, UTF_8

PATIENT_ID: Final = "MAMMONODE-TEST"
TEST_OBJECT: Final = Concept("TESTOBJECT", codes.PRIVATE_SCHEME, "Test object, no patient")
_SENTENCE: Final = "Test object of a commissioning. It is about nobody and may be deleted."


def build_trial_object(patient_name: str, created_at: datetime) -> Dataset:
    """Build a test object in a study of its own.

    Parameters
    ----------
    patient_name : str
        Of the test patient, in any letters.
    created_at : datetime

    Returns
    -------
    Dataset
        Comprehensive 3D SR with file meta information, explicit VR little endian, UTF-8. Study, series and
        instance have new UIDs at each call, so that finding it proves this one storing.
    """
    report = Dataset()
    report.SpecificCharacterSet = UTF_8
    report.SOPClassUID = Comprehensive3DSRStorage
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        setattr(report, keyword, f"2.25.{uuid.uuid4().int}")
    report.PatientName, report.PatientID = patient_name, PATIENT_ID
    report.PatientBirthDate, report.PatientSex = "", "O"
    report.AccessionNumber = report.StudyID = report.ReferringPhysicianName = ""
    report.StudyDescription = report.SeriesDescription = "TEST OBJECT, NO PATIENT"
    date, time = created_at.strftime("%Y%m%d"), created_at.strftime("%H%M%S")
    report.StudyDate = report.ContentDate = report.InstanceCreationDate = date
    report.StudyTime = report.ContentTime = report.InstanceCreationTime = time
    report.Modality, report.SeriesNumber, report.InstanceNumber = "SR", 1, 1
    report.ReferencedPerformedProcedureStepSequence = DicomSequence()
    report.PerformedProcedureCodeSequence = DicomSequence()
    report.Manufacturer = report.ManufacturerModelName = "Mammonode"
    report.SoftwareVersions, report.DeviceSerialNumber = "commissioning", "0"
    report.CompletionFlag, report.VerificationFlag = "COMPLETE", "UNVERIFIED"
    report.ContentQualification = "RESEARCH"
    report.CodingSchemeIdentificationSequence = DicomSequence([_private_scheme()])
    comments = [items.text("CONTAINS", codes.COMMENT, sentence) for sentence in (_SENTENCE, RESEARCH_USE_ONLY)]
    report.update(items.container(None, TEST_OBJECT, comments))
    report.file_meta = FileMetaDataset()
    report.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    report.file_meta.MediaStorageSOPClassUID = Comprehensive3DSRStorage
    report.file_meta.MediaStorageSOPInstanceUID = UID(report.SOPInstanceUID)
    report.file_meta.ImplementationClassUID = identity.IMPLEMENTATION_CLASS_UID
    report.file_meta.ImplementationVersionName = identity.IMPLEMENTATION_VERSION_NAME
    return report


def _private_scheme() -> Dataset:
    scheme = Dataset()
    scheme.CodingSchemeDesignator, scheme.CodingSchemeName = codes.PRIVATE_SCHEME, codes.PRIVATE_SCHEME_NAME
    return scheme
