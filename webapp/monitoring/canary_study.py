"""The canary's study: four pictures drawn by code, with the scores they must get, of a patient who is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

from webapp.studies.pipeline import GoldenPicture
from webapp.studies.selectors import CANARY_PATIENT_ID

PATIENT_ID = CANARY_PATIENT_ID
PATIENT_NAME = "CANARY^TEST PATIENT"
MANUFACTURER = "Mammonode canary"

_VIEWS = (("CC", "399162004", "cranio-caudal"), ("MLO", "399368009", "medio-lateral oblique"))


@dataclass(frozen=True)
class CanaryImage:
    """A file, its UID, and the raw score it must get."""

    path: Path
    sop_instance_uid: str
    raw_score: float


def write(folder: Path, study_instance_uid: str, pictures: Sequence[GoldenPicture], now: datetime) -> list[CanaryImage]:
    """Write the four views of a screening examination; the golden pictures serve in turn for their side."""
    found = []
    for number, (laterality, view) in enumerate((side, view) for view in _VIEWS for side in ("R", "L")):
        own = [picture for picture in pictures if picture.laterality == laterality]
        picture = own[number // 2 % len(own)]
        image = _image(study_instance_uid, picture.pixels, laterality, view, number + 1, now)
        path = folder / f"{number + 1}.dcm"
        image.save_as(path, enforce_file_format=True)
        found.append(CanaryImage(path, str(image.SOPInstanceUID), picture.raw_score))
    return found


def _image(
    study_uid: str, pixels: NDArray[np.uint16], side: str, view: tuple[str, str, str], number: int, now: datetime
) -> FileDataset:
    image = FileDataset("", {}, file_meta=FileMetaDataset(), preamble=b"\0" * 128)
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    image.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    image.StudyInstanceUID, image.SeriesInstanceUID = study_uid, generate_uid(entropy_srcs=[study_uid])
    _describe_patient(image, number, now)
    _describe_view(image, side, view)
    image.Rows, image.Columns = pixels.shape
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit, image.PixelRepresentation = 15, 0
    # an exact window over everything: grey levels arrive as they were drawn
    image.WindowCenter, image.WindowWidth, image.VOILUTFunction = "32767.5", "65535", "LINEAR_EXACT"
    image.PixelData = pixels.astype("<u2").tobytes()
    image["PixelData"].VR = "OW"
    return image


def _describe_patient(image: FileDataset, number: int, now: datetime) -> None:
    image.SpecificCharacterSet = "ISO_IR 192"
    image.PatientID, image.PatientName = PATIENT_ID, PATIENT_NAME
    image.PatientBirthDate, image.PatientSex, image.PatientAge = "19000101", "O", "050Y"
    image.StudyDate = image.SeriesDate = image.AcquisitionDate = image.ContentDate = f"{now:%Y%m%d}"
    image.StudyTime = image.SeriesTime = image.AcquisitionTime = image.ContentTime = f"{now:%H%M%S}"
    image.AccessionNumber, image.StudyID, image.ReferringPhysicianName = "CANARY", "CANARY", ""
    image.StudyDescription = "Canary: synthetic, no patient"
    image.Modality, image.Manufacturer, image.ManufacturerModelName = "MG", MANUFACTURER, "canary"
    image.DeviceSerialNumber, image.SoftwareVersions = "1", "1"
    image.SeriesNumber, image.InstanceNumber = 1, number


def _describe_view(image: FileDataset, side: str, view: tuple[str, str, str]) -> None:
    name, value, meaning = view
    image.ImageType, image.PresentationIntentType = ["DERIVED", "PRIMARY"], "FOR PRESENTATION"
    image.BodyPartExamined, image.OrganExposed, image.PositionerType = "BREAST", "BREAST", "MAMMOGRAPHIC"
    image.ImagerPixelSpacing = ["0.25", "0.25"]
    image.PixelIntensityRelationship, image.PixelIntensityRelationshipSign = "LOG", 1
    image.RescaleIntercept, image.RescaleSlope, image.RescaleType = "0", "1", "US"
    image.BurnedInAnnotation, image.LossyImageCompression, image.PresentationLUTShape = "NO", "00", "IDENTITY"
    image.DetectorType, image.ImageLaterality, image.ViewPosition = "DIRECT", side, name
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "SCT", meaning
    code.ViewModifierCodeSequence = DicomSequence()
    image.ViewCodeSequence = DicomSequence([code])
    medial = "R" if side == "L" else "L"
    # the pictures are drawn with the chest wall at the side where it is seen in a hanging of that breast
    image.PatientOrientation = ["A" if side == "L" else "P", medial if name == "CC" else f"F{medial}"]
    image.AcquisitionContextSequence = DicomSequence()
    region = Dataset()
    region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning = "76752008", "SCT", "Breast"
    image.AnatomicRegionSequence = DicomSequence([region])
