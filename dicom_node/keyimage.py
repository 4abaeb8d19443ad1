"""One analysed image as a colour Secondary Capture that every workstation can show.

References
----------
PS3.3 A.8.1 (Secondary Capture Image IOD), C.7.6.1 (General Image), C.8.6 (Secondary Capture modules)
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import SecondaryCaptureImageStorage

from dicom_node.companions import CompanionKind, companion_instance_uid, identify, instance_number
from dicom_node.errors import ReportError
from dicom_node.marks import Mark
from dicom_node.overlay import HeatMap
from dicom_node.picture import BANNER, LONGEST_SIDE, render
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import ImageResult, ReportContent
from dicom_node.sr.headers import image_attributes
from dicom_node.sr.identity import code_item

_SOURCE = Concept("121322", "DCM", "Source image for image processing operation")  # CID 7202
_LOSSY = ("LossyImageCompressionRatio", "LossyImageCompressionMethod")


def key_image(
    content: ReportContent,
    image: Dataset,
    grey: NDArray[np.uint16] | NDArray[np.float32],
    heat: HeatMap | None = None,
    marks: Sequence[Mark] = (),
    *,
    pixel_aspect: float = 1.0,
) -> Dataset:
    """Build the key image of one analysed image.

    Parameters
    ----------
    content
        The report; it must have a result for `image`.
    image
        Header of the mammogram.
    grey
        Shape ``(rows, columns)`` as `dicom_node.convert.convert` gives; 0 = black, whatever the file's own
        photometric interpretation.
    heat, marks
        Where the network looked, in the image's own pixels; marks of other images are left out.
    pixel_aspect
        Row spacing divided by column spacing.

    Returns
    -------
    Dataset
        With file meta information, explicit VR little endian. The SOP Instance UID names study, round, model,
        operating point and image, so the same step makes the same object.

    Raises
    ------
    ReportError
        If the report has no result for this image, or a mark lies outside it.
    ConversionError
        If the heat map does not fit the image.
    """
    result = analysed(content, image)
    own = [mark for mark in marks if mark.sop_instance_uid == result.sop_instance_uid]
    for mark in own:
        mark.check_inside(*grey.shape)
    pixels = render(content, result, image, grey, heat, own, pixel_aspect=pixel_aspect)
    ds = _object(content, result, image)
    shown = "with heat map" if heat is not None else "without heat map"
    ds.DerivationDescription = (
        f"{BANNER}. Mammogram {shown}, area-averaged to at most {LONGEST_SIDE} pixels a side; text burned in."
    )
    _set_pixels(ds, pixels)
    return ds


def analysed(content: ReportContent, image: Dataset) -> ImageResult:
    """Return the result of `image`; raise ReportError where the report has none."""
    for result in content.images:
        if result.sop_instance_uid == str(image.SOPInstanceUID):
            return result
    raise ReportError(f"The report has no result for image {image.SOPInstanceUID}, so it cannot be shown.")


def _object(content: ReportContent, result: ImageResult, image: Dataset) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID = SecondaryCaptureImageStorage
    ds.SOPInstanceUID = companion_instance_uid(content, CompanionKind.KEY_IMAGE, result.sop_instance_uid)
    ds.Laterality = result.laterality or ""
    identify(ds, content, image, CompanionKind.KEY_IMAGE)
    ds.Modality, ds.ConversionType, ds.BurnedInAnnotation = "OT", "WSD", "YES"
    ds.InstanceNumber = instance_number(content, content.all_images.index(result) + 1)
    ds.SeriesDescription = "AI key images, research use only"
    ds.ImageComments = f"{BANNER}. {result.laterality or '?'} {result.view or '?'}"
    orientation = image_attributes(image, ("PatientOrientation",)).get("PatientOrientation")
    ds.PatientOrientation = orientation or ""
    ds.ImageType = ["DERIVED", "SECONDARY"]
    compression = image_attributes(image, ("LossyImageCompression", *_LOSSY))
    if compression.get("LossyImageCompression") == "01":  # once lossy, always so (PS3.3 C.7.6.1.1.5)
        ds.update(compression)
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    source.PurposeOfReferenceCodeSequence = DicomSequence([code_item(_SOURCE)])
    ds.SourceImageSequence = DicomSequence([source])
    return ds


def _set_pixels(ds: Dataset, pixels: NDArray[np.uint8]) -> None:
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    data = pixels.tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OB"
