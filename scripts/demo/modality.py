"""Plays the modality: wraps encoded pixels in a Digital Mammography X-Ray Image, For Presentation.

The headers are made here from nothing (PS3.3 A.26); the encoded pixels are written as they came.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, DigitalMammographyXRayImageStorageForPresentation

from scripts.demo.pixel_statistics import PixelStatistics

_UIDS = uuid.UUID("6f1b7c1e-3d57-4c5f-9d0e-6c3b9a4f7d21")
_VIEWS = {
    "CC": ("399162004", "cranio-caudal"),
    "MLO": ("399368009", "medio-lateral oblique"),
}
# Second value of Patient Orientation as the standard views are hung: lateral (CC) or head (MLO) at the top.
_DOWN = {("R", "CC"): "L", ("L", "CC"): "R", ("R", "MLO"): "FL", ("L", "MLO"): "FR"}


@dataclass(frozen=True)
class Machine:
    """The equipment that is said to have made the images."""

    manufacturer: str
    model: str
    detector_type: Literal["FILM", "SCINTILLATOR"]
    pixel_relationship: Literal["LIN", "LOG"]
    image_type: tuple[str, str]
    spacing_mm: float


@dataclass(frozen=True)
class Examination:
    """One study of one patient; `patient_name` and `patient_id` are the demo's own."""

    patient_id: str
    patient_name: str
    study_date: str
    study_time: str
    description: str
    machine: Machine

    def uid(self, *parts: object) -> str:
        """Return a UID that is the same in every run (2.25: PS3.5 B.2)."""
        return f"2.25.{uuid.uuid5(_UIDS, '/'.join(map(str, (self.patient_id, *parts)))).int}"


@dataclass(frozen=True)
class Exposure:
    """One image: its view, its pixels as encoded, and what was measured on them."""

    number: int
    laterality: str
    view: str
    rows: int
    columns: int
    bits_stored: int
    encoded: bytes
    transfer_syntax_uid: str
    statistics: PixelStatistics
    comments: str = ""


def make_image(examination: Examination, exposure: Exposure) -> Dataset:
    """Return the image as a modality would send it, file meta information included."""
    image = Dataset()
    _add_patient_and_study(image, examination)
    _add_series_and_equipment(image, examination)
    _add_anatomy(image, exposure)
    _add_pixels(image, examination.machine, exposure)
    _add_window(image, exposure.statistics)
    image.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    image.SOPInstanceUID = examination.uid("image", exposure.number)
    image.InstanceNumber = exposure.number
    image.ImageComments = exposure.comments
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = UID(exposure.transfer_syntax_uid)
    return image


def write(image: Dataset, path: Path) -> None:
    """Write the image as a Part 10 file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save_as(path, enforce_file_format=True)


def _add_patient_and_study(image: Dataset, examination: Examination) -> None:
    image.SpecificCharacterSet = "ISO_IR 192"
    image.PatientName = examination.patient_name
    image.PatientID = examination.patient_id
    image.PatientBirthDate = ""
    image.PatientSex = ""
    image.StudyInstanceUID = examination.uid("study")
    image.StudyDate = examination.study_date
    image.StudyTime = examination.study_time
    image.StudyID = "1"
    image.StudyDescription = examination.description
    image.AccessionNumber = ""
    image.ReferringPhysicianName = ""


def _add_series_and_equipment(image: Dataset, examination: Examination) -> None:
    image.Modality = "MG"
    image.PresentationIntentType = "FOR PRESENTATION"
    image.SeriesInstanceUID = examination.uid("series")
    image.SeriesNumber = 1
    image.SeriesDate = examination.study_date
    image.SeriesTime = examination.study_time
    image.Manufacturer = examination.machine.manufacturer
    image.ManufacturerModelName = examination.machine.model
    image.SoftwareVersions = "1"
    image.DeviceSerialNumber = "0"
    # What the scanner of a film does not know stays empty (type 2).
    image.DetectorType = examination.machine.detector_type
    image.DetectorConfiguration = "AREA"
    image.DetectorActiveShape = "RECTANGLE"
    image.FieldOfViewShape = "RECTANGLE"
    image.ImagerPixelSpacing = [examination.machine.spacing_mm] * 2
    image.PositionerType = "MAMMOGRAPHIC"
    image.KVP = None
    image.BodyPartThickness = None
    image.CompressionForce = None


def _add_anatomy(image: Dataset, exposure: Exposure) -> None:
    value, meaning = _VIEWS[exposure.view]
    view = _code(value, meaning)
    view.ViewModifierCodeSequence = Sequence()
    image.ViewCodeSequence = Sequence([view])
    image.ImageLaterality = exposure.laterality
    image.OrganExposed = "BREAST"
    image.BodyPartExamined = "BREAST"
    image.AnatomicRegionSequence = Sequence([_code("76752008", "Breast")])
    image.BreastImplantPresent = "NO"
    image.PartialView = "NO"
    image.AcquisitionContextSequence = Sequence()
    along_row = "A" if exposure.statistics.chest_wall == "left" else "P"
    image.PatientOrientation = [along_row, _DOWN[exposure.laterality, exposure.view]]


def _add_pixels(image: Dataset, machine: Machine, exposure: Exposure) -> None:
    image.ImageType = list(machine.image_type)
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.PresentationLUTShape = "IDENTITY"
    image.PixelIntensityRelationship = machine.pixel_relationship
    image.PixelIntensityRelationshipSign = -1
    image.Rows = exposure.rows
    image.Columns = exposure.columns
    image.BitsAllocated = 16
    image.BitsStored = exposure.bits_stored
    image.HighBit = exposure.bits_stored - 1
    image.PixelRepresentation = 0
    image.RescaleIntercept = 0
    image.RescaleSlope = 1
    image.RescaleType = "US"
    image.LossyImageCompression = "00"
    image.BurnedInAnnotation = "NO"
    image.PixelData = exposure.encoded
    compressed = UID(exposure.transfer_syntax_uid).is_compressed
    image["PixelData"].VR = "OB" if compressed else "OW"
    image["PixelData"].is_undefined_length = compressed


def _add_window(image: Dataset, statistics: PixelStatistics) -> None:
    """Window LINEAR, from the darkest to the brightest breast pixel measured (PS3.3 C.11.2.1.2.1)."""
    image.WindowCenter = (statistics.darkest + statistics.brightest + 1) / 2
    image.WindowWidth = statistics.brightest - statistics.darkest + 1
    image.WindowCenterWidthExplanation = "Breast"
    image.VOILUTFunction = "LINEAR"


def _code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue = value
    code.CodingSchemeDesignator = "SCT"
    code.CodeMeaning = meaning
    return code
