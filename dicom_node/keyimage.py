"""One analysed image as a colour Secondary Capture that every workstation can show.

The picture is area-averaged to at most 2048 pixels a side. Text stands in strips above and below it, so that
only the laterality marker and the marks touch the picture. Names of people never reach the pixels.

References
----------
PS3.3 A.8.1 (Secondary Capture Image IOD), C.7.6.1 (General Image), C.8.6 (Secondary Capture modules)
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from dicom_node.errors import ReportError
from dicom_node.marks import Mark
from dicom_node.overlay import HeatMap, blend, spread
from dicom_node.sr import identity
from dicom_node.sr.content import ImageResult, ReportContent
from dicom_node.sr.headers import image_attributes, study_attributes

BANNER: Final = "RESEARCH USE ONLY, NOT FOR DIAGNOSIS"
LONGEST_SIDE: Final = 2048
_YELLOW: Final = (255, 221, 87)
_WHITE: Final = (255, 255, 255)
_SERIES_NUMBER: Final = 9101


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
        Shape ``(rows, columns)`` as `dicom_node.convert.convert` gives; 0 = black.
    heat, marks
        Where the network looked; marks of other images are left out.
    pixel_aspect
        Row spacing divided by column spacing.

    Raises
    ------
    ReportError
        If the report has no result for this image, or a mark lies outside it.
    """
    result = _result(content, image)
    own = [mark for mark in marks if mark.sop_instance_uid == result.sop_instance_uid]
    for mark in own:
        mark.check_inside(*grey.shape)
    pixels = render(content, result, image, grey, heat, own, pixel_aspect=pixel_aspect)
    return _object(content, result, image, pixels, heat is not None)


def _result(content: ReportContent, image: Dataset) -> ImageResult:
    for result in content.images:
        if result.sop_instance_uid == str(image.SOPInstanceUID):
            return result
    raise ReportError(f"The report has no result for image {image.SOPInstanceUID}, so it has no key image.")


def render(
    content: ReportContent,
    result: ImageResult,
    image: Dataset,
    grey: NDArray[np.uint16] | NDArray[np.float32],
    heat: HeatMap | None,
    marks: Sequence[Mark],
    *,
    pixel_aspect: float = 1.0,
) -> NDArray[np.uint8]:
    """Draw the picture: shape ``(rows, columns, 3)``, RGB, strips included."""
    rows, columns = grey.shape
    scale = min(1.0, LONGEST_SIDE / max(rows * pixel_aspect, columns))
    size = max(1, round(columns * scale)), max(1, round(rows * pixel_aspect * scale))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    warm = np.zeros(small.shape, np.float32)
    if heat is not None:
        warm = cv2.resize(spread(heat, (rows, columns)), size, interpolation=cv2.INTER_AREA).astype(np.float32)
    picture = Image.fromarray(blend(small, warm))
    draw = ImageDraw.Draw(picture)
    for mark in marks:
        _draw_mark(draw, mark, size[0] / columns, size[1] / rows)
    _draw_marker(draw, picture.size, result, image, small)
    return _with_strips(picture, content, result)


def _draw_mark(draw: ImageDraw.ImageDraw, mark: Mark, across: float, down: float) -> None:
    if mark.outline:
        corners = [(column * across, row * down) for column, row in (*mark.outline, mark.outline[0])]
        draw.line(corners, fill=_YELLOW, width=3)
        return
    radius = max(12.0, draw.im.size[0] / 24)
    column, row = mark.column * across, mark.row * down
    draw.ellipse((column - radius, row - radius, column + radius, row + radius), outline=_YELLOW, width=3)


def _draw_marker(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    result: ImageResult,
    image: Dataset,
    grey: NDArray[np.uint16] | NDArray[np.float32],
) -> None:
    """Write side and view into the upper corner away from the chest wall."""
    text = f"{result.laterality or '?'} {result.view or '?'}"
    font = _fitting(text, size[0] * 0.25, size[0] / 12)
    margin = size[0] / 50
    at_right = _anterior_is_right(image, grey)
    where = (size[0] - margin if at_right else margin, margin)
    draw.text(where, text, font=font, fill=_WHITE, anchor="ra" if at_right else "la", stroke_width=2, stroke_fill=0)


def _anterior_is_right(image: Dataset, grey: NDArray[np.uint16] | NDArray[np.float32]) -> bool:
    orientation = image.get("PatientOrientation") or ()
    row = str(orientation[0]) if len(orientation) == 2 else ""
    if row[:1] in {"A", "P"}:
        return row[0] == "A"
    half = grey.shape[1] // 2
    return float(grey[:, :half].mean()) >= float(grey[:, half:].mean())


def _with_strips(picture: Image.Image, content: ReportContent, result: ImageResult) -> NDArray[np.uint8]:
    width, height = picture.size
    banner = _fitting(BANNER, width * 0.96, width / 16)
    algorithm, point = content.algorithm, content.operating_point
    lines = (
        f"AI probability {result.probability * 100:.1f} %: {result.label.value}",
        f"threshold {point.threshold * 100:.1f} % ({point.name})",
        f"{algorithm.name} {algorithm.version}",
    )
    fonts = [_fitting(line, width * 0.96, width / 26) for line in lines]
    above, step = round(width / 13), round(width / 20)
    canvas = Image.new("RGB", (width, above + height + step * len(lines) + step // 2))
    canvas.paste(picture, (0, above))
    draw = ImageDraw.Draw(canvas)
    draw.text((width / 2, above / 2), BANNER, font=banner, fill=_YELLOW, anchor="mm")
    for number, (line, font) in enumerate(zip(lines, fonts, strict=True)):
        draw.text((width * 0.02, above + height + step * (number + 0.75)), line, font=font, fill=_WHITE, anchor="lm")
    return np.asarray(canvas, np.uint8)


def _fitting(text: str, width: float, size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    font = ImageFont.load_default(size)
    length = font.getlength(text)
    return font if length <= width else ImageFont.load_default(max(1.0, size * width / length))


def _object(
    content: ReportContent, result: ImageResult, image: Dataset, pixels: NDArray[np.uint8], has_heat: bool
) -> Dataset:
    ds = study_attributes(image)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.StudyInstanceUID = content.study_instance_uid
    point = content.operating_point
    scope = (content.study_instance_uid, content.algorithm.sha256)
    ds.SOPClassUID = SecondaryCaptureImageStorage
    ds.SeriesInstanceUID = identity.derive_uid("series", "key-image", *scope, result.laterality or "")
    drawn = hashlib.sha256(pixels.tobytes()).hexdigest()
    ds.SOPInstanceUID = identity.derive_uid(
        *("instance", "key-image", *scope, str(content.round_number), point.name, repr(point.threshold)),
        *(result.sop_instance_uid, drawn),
    )
    ds.Modality, ds.ConversionType, ds.BurnedInAnnotation = "OT", "WSD", "YES"
    ds.SeriesNumber, ds.InstanceNumber = _SERIES_NUMBER, content.all_images.index(result) + 1
    ds.SeriesDescription = "AI key images, research use only"
    ds.Laterality = result.laterality or ""
    orientation = image_attributes(image, ("PatientOrientation",)).get("PatientOrientation")
    ds.PatientOrientation = orientation or ""
    ds.ImageType = ["DERIVED", "SECONDARY"]
    ds.ContentDate, ds.ContentTime = content.created_at.strftime("%Y%m%d"), content.created_at.strftime("%H%M%S")
    ds.Manufacturer, ds.ManufacturerModelName = content.algorithm.manufacturer, content.algorithm.name
    ds.SoftwareVersions = content.algorithm.version
    ds.ContributingEquipmentSequence = DicomSequence(
        [identity.contributing_equipment(content.algorithm, content.created_at)]
    )
    shown = "with heat map" if has_heat else "without heat map"
    ds.DerivationDescription = (
        f"{BANNER}. Mammogram {shown}, area-averaged to at most {LONGEST_SIDE} pixels a side; text burned in."
    )
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    ds.SourceImageSequence = DicomSequence([source])
    _set_pixels(ds, pixels)
    return ds


def _set_pixels(ds: Dataset, pixels: NDArray[np.uint8]) -> None:
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    data = pixels.tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OB"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = identity.IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = identity.IMPLEMENTATION_VERSION_NAME
    ds.file_meta = meta
