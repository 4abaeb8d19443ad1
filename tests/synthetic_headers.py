"""Headers of synthetic mammography objects, module by module."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import generate_uid

PIXEL_SPACING_MM = 0.25

_VIEW_CODES = {
    "CC": ("399162004", "cranio-caudal"),
    "MLO": ("399368009", "medio-lateral oblique"),
    "ML": ("399260004", "medio-lateral"),
    "LM": ("399352003", "latero-medial"),
    "LMO": ("399099002", "latero-medial oblique"),
    "XCCL": ("399192008", "cranio-caudal exaggerated laterally"),
    "XCCM": ("399101009", "cranio-caudal exaggerated medially"),
    "FB": ("399196006", "caudo-cranial"),
    "SPECIMEN": ("127457009", "tissue specimen from breast"),
}
_MODIFIER_CODES = {
    "SPOT": ("399055006", "Spot Compression"),
    "MAGNIFICATION": ("399163009", "Magnification"),
    "IMPLANT_DISPLACED": ("399209000", "Implant Displaced"),
    "ROLLED_LATERAL": ("399197002", "Rolled Lateral"),
    "CLEAVAGE": ("399161006", "Cleavage"),
    "AXILLARY_TAIL": ("399011000", "Axillary Tail"),
    "TANGENTIAL": ("399110001", "tangential"),
    "NIPPLE_IN_PROFILE": ("442581004", "Nipple in profile"),
}


def set_pixels(
    ds: Dataset,
    pixels: NDArray[np.uint16],
    *,
    bits_stored: int = 12,
    signed: bool = False,
    photometric: str = "MONOCHROME2",
) -> None:
    """Put MONOCHROME2 grey levels 0 .. 2**bits-1 into a header, stored as the options say."""
    top = 2**bits_stored - 1
    stored = pixels.astype(np.int32)
    if photometric == "MONOCHROME1":
        stored = top - stored
    offset = 2 ** (bits_stored - 1) if signed else 0
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = photometric
    ds.Rows, ds.Columns = pixels.shape
    ds.BitsAllocated = 8 if bits_stored <= 8 else 16
    ds.BitsStored = bits_stored
    ds.HighBit = bits_stored - 1
    ds.PixelRepresentation = int(signed)
    kind = f"{'i' if signed else 'u'}{ds.BitsAllocated // 8}"
    data = (stored - offset).astype(f"<{kind}").tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OW" if ds.BitsAllocated == 16 else "OB"
    if "RescaleIntercept" in ds:
        ds.RescaleIntercept = str(offset)
    if "PresentationLUTShape" in ds:
        ds.PresentationLUTShape = "INVERSE" if photometric == "MONOCHROME1" else "IDENTITY"


def patient_orientation(
    laterality: str, view: str, flip_horizontal: bool = False, flip_vertical: bool = False
) -> list[str]:
    """Return row and column direction of an image hung with the chest wall at its own side and head up.

    Looking at a left cranio-caudal image, the breast's lateral side is up: rows run to anterior, columns
    to the patient's right (PS3.3 C.7.6.1.1.1, PS3.17 figures of Annex "Mammography").
    """
    mirror = {"A": "P", "P": "A", "L": "R", "R": "L", "F": "H", "H": "F"}
    row = "A" if laterality == "L" else "P"
    medial = "R" if laterality == "L" else "L"
    column = {"CC": medial, "XCCL": medial, "XCCM": medial, "FB": medial, "ML": "F", "LM": "F"}.get(view, "F" + medial)
    if flip_horizontal:
        row = mirror[row]
    if flip_vertical:
        column = "".join(mirror[letter] for letter in column)
    return [row, column]


def new_object(sop_class_uid: str, study: int, seed: int) -> FileDataset:
    ds = FileDataset("", {}, file_meta=FileMetaDataset(), preamble=b"\0" * 128)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = sop_class_uid
    ds.StudyInstanceUID = generate_uid(entropy_srcs=["study", str(study)])
    ds.SeriesInstanceUID = generate_uid(entropy_srcs=["series", str(study), sop_class_uid])
    ds.SOPInstanceUID = generate_uid(entropy_srcs=["instance", str(study), str(seed), sop_class_uid])
    ds.PatientID = f"PHANTOM-{study}"
    ds.AccessionNumber = f"ACC{study}"
    ds.StudyID = str(study)[:16]
    return ds


def identify(ds: FileDataset, key: str, patient_name: str, instance_number: int) -> None:
    ds.SOPInstanceUID = generate_uid(entropy_srcs=[ds.SOPInstanceUID, key])
    ds.PatientName = patient_name
    ds.PatientBirthDate = "19700101"
    ds.PatientSex = "F"
    ds.PatientAge = "054Y"
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = "20240102"
    ds.StudyTime = ds.SeriesTime = "101500"
    ds.AcquisitionTime = ds.ContentTime = f"10{15 + instance_number % 40:02d}30"
    ds.StudyDescription = "Phantom mammography"
    ds.ReferringPhysicianName = ""
    ds.Modality = "MG"
    ds.Manufacturer = "Mammonode tests"
    ds.ManufacturerModelName = "Phantom"
    ds.DeviceSerialNumber = "1"
    ds.SoftwareVersions = "1"
    ds.SeriesNumber = 1
    ds.InstanceNumber = instance_number


def code(value: str, meaning: str, scheme: str = "SCT") -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def describe_acquisition(ds: FileDataset, *, for_processing: bool, magnification: bool) -> None:
    ds.ImageType = ["ORIGINAL", "PRIMARY"] if for_processing else ["DERIVED", "PRIMARY"]
    ds.PresentationIntentType = "FOR PROCESSING" if for_processing else "FOR PRESENTATION"
    ds.BodyPartExamined = "BREAST"
    ds.PositionerType = "MAMMOGRAPHIC"
    ds.ImagerPixelSpacing = [str(PIXEL_SPACING_MM)] * 2
    ds.EstimatedRadiographicMagnificationFactor = "1.8" if magnification else "1.0"
    ds.PixelIntensityRelationship = "LIN" if for_processing else "LOG"
    ds.PixelIntensityRelationshipSign = -1 if for_processing else 1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    ds.BurnedInAnnotation = "NO"
    ds.LossyImageCompression = "00"
    ds.PresentationLUTShape = "IDENTITY"
    ds.OrganExposed = "BREAST"
    ds.DetectorType = "DIRECT"
    ds.DetectorID = "PHANTOM"
    ds.AcquisitionContextSequence = DicomSequence()
    ds.AnatomicRegionSequence = DicomSequence([code("76752008", "Breast")])


def describe_view(
    ds: FileDataset,
    laterality: str,
    view: str,
    modifiers: Sequence[str],
    *,
    implant: bool,
    partial_view: bool,
) -> None:
    ds.ImageLaterality = laterality
    item = code(*_VIEW_CODES[view])
    item.ViewModifierCodeSequence = DicomSequence([code(*_MODIFIER_CODES[name]) for name in modifiers])
    ds.ViewCodeSequence = DicomSequence([item])
    if view != "SPECIMEN":
        ds.ViewPosition = view
    ds.BreastImplantPresent = "YES" if implant else "NO"
    if partial_view:
        ds.PartialView = "YES"


def set_voi(ds: FileDataset, voi: str | None, bits_stored: int) -> None:
    """Add a VOI transformation after the pixels are set; MONOCHROME1 gets the one that looks the same."""
    count = 2**bits_stored
    is_inverse = ds.PhotometricInterpretation == "MONOCHROME1"
    if voi == "LUT":
        curve = np.round(65535 * (np.arange(count) / (count - 1)) ** 1.2)
        entries = 65535 - curve[::-1] if is_inverse else curve
        lut = Dataset()
        lut.LUTDescriptor = [count if count < 65536 else 0, 0, 16]
        lut.LUTExplanation = "Gamma 1.2"
        lut.LUTData = entries.astype("<u2").tobytes()
        lut["LUTData"].VR = "OW"
        ds.VOILUTSequence = DicomSequence([lut])
    elif voi is not None:
        center = count * 0.45
        mirrored = count - center if voi == "LINEAR" else count - 1 - center
        ds.WindowCenter = str(mirrored if is_inverse else center)[:16]
        ds.WindowWidth = str(count * 0.8)[:16]
        ds.WindowCenterWidthExplanation = "Phantom"
        if voi != "LINEAR":
            ds.VOILUTFunction = voi
