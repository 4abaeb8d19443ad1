"""The marks over the original images, as a Grayscale Softcopy Presentation State.

References
----------
PS3.3 A.33.1 (IOD), C.10.5 (Graphic Annotation), C.11.2 (one VOI window only); PS3.4 N
"""

import copy
from collections.abc import Sequence

import numpy as np
from highdicom import PresentationLUTTransformation
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GrayscaleSoftcopyPresentationState,
    TextObject,
)
from pydicom.dataset import Dataset

from dicom_node.companions import CompanionKind, companion_instance_uid, identify, instance_number
from dicom_node.errors import ReportError
from dicom_node.keyimage import analysed
from dicom_node.marks import Mark
from dicom_node.sr.content import ReportContent
from dicom_node.voi import is_inverse

_NOTE = "AI research use only"
_REFERENCE = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID")
_GREY_LEVELS = (
    *("Rows", "Columns", "SamplesPerPixel"),
    *("RescaleSlope", "RescaleIntercept", "RescaleType", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction", "VOILUTSequence"),
)
_BLANK = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("AccessionNumber", "StudyID", "StudyDate", "StudyTime", "ReferringPhysicianName"),
)


def presentation_state(content: ReportContent, image: Dataset, marks: Sequence[Mark]) -> Dataset:
    """Build the presentation state of one image.

    Parameters
    ----------
    content
        The report; it must have a result for `image`.
    image
        Header of the mammogram, with Rows, Columns and its VOI.
    marks
        At least one of this image; marks of other images are left out.

    Raises
    ------
    ReportError
        If the report has no result for the image, no mark belongs to it, one lies outside it, or the image is
        stored in colour.
    """
    own = [mark for mark in marks if mark.sop_instance_uid == str(image.SOPInstanceUID)]
    if not own:
        raise ReportError(f"There is no mark in image {image.SOPInstanceUID}, so it has no presentation state.")
    for mark in own:
        mark.check_inside(int(image.Rows), int(image.Columns))
    if image.get("SamplesPerPixel", 1) != 1:
        raise ReportError(f"Image {image.SOPInstanceUID} is stored in colour: no grayscale presentation state fits it.")
    side = analysed(content, image).laterality or ""
    algorithm, kind = content.algorithm, CompanionKind.PRESENTATION_STATE
    uid = companion_instance_uid(content, kind, str(image.SOPInstanceUID))
    source = _source(image)
    layer = GraphicLayer("AI", 1, "Marks of the algorithm, research use only")
    graphics = GraphicAnnotation([source], layer, graphic_objects=_shapes(own, image), text_objects=_texts(own))
    state = GrayscaleSoftcopyPresentationState(
        referenced_images=[source],
        series_instance_uid=uid,  # like the number, for the time being: `identify` sets the series
        series_number=1,
        sop_instance_uid=uid,
        instance_number=instance_number(content, _position(content, image)),
        manufacturer=algorithm.manufacturer,
        manufacturer_model_name=algorithm.name,
        software_versions=algorithm.version,
        device_serial_number=algorithm.sha256,
        content_label="AI_MARKS",
        content_description=_NOTE,
        graphic_layers=[layer],
        graphic_annotations=[graphics],
        presentation_lut_transformation=PresentationLUTTransformation("INVERSE" if is_inverse(image) else "IDENTITY"),
    )
    state.Laterality = side
    identify(state, content, image, kind)
    state.SeriesDescription = "AI marks, research use only"
    # highdicom dates with the present moment, the series too, which the rounds share; a state has no content date
    for element in ("Date", "Time"):
        state.pop(f"Series{element}", None)
        state[f"PresentationCreation{element}"].value = state[f"InstanceCreation{element}"].value
        del state[f"Content{element}"]
    return state


def _position(content: ReportContent, image: Dataset) -> int:
    return [result.sop_instance_uid for result in content.all_images].index(str(image.SOPInstanceUID)) + 1


def _source(image: Dataset) -> Dataset:
    """Return what highdicom needs of the image, with one window, and with an empty patient.

    highdicom logs a name it finds odd, and stops at values that break their representation. More than one window
    is not valid in a presentation state.
    """
    source = Dataset()
    for keyword in (*_REFERENCE, *_GREY_LEVELS):
        if keyword in image:
            source[keyword] = copy.copy(image[keyword])
    for keyword in ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation"):
        if keyword in source and source[keyword].VM > 1:
            source[keyword].value = source[keyword].value[0]
    if "WindowCenter" in source and "VOILUTSequence" in source:
        del source.VOILUTSequence
    for keyword in _BLANK:
        setattr(source, keyword, "")
    return source


def _shapes(marks: Sequence[Mark], image: Dataset) -> list[GraphicObject]:
    return [_shape(mark, int(image.Rows), int(image.Columns)) for mark in marks]


def _shape(mark: Mark, rows: int, columns: int) -> GraphicObject:
    if mark.outline:
        corners = np.array([*mark.outline, mark.outline[0]], np.float64)
        return GraphicObject("POLYLINE", corners, "PIXEL")
    radius = columns / 24
    edge = mark.column + radius if mark.column + radius <= columns else mark.column - radius
    return GraphicObject("CIRCLE", np.array([(mark.column, mark.row), (edge, mark.row)], np.float64), "PIXEL")


def _texts(marks: Sequence[Mark]) -> list[TextObject]:
    return [
        TextObject(f"{_NOTE}: {mark.probability * 100:.1f} %", "PIXEL", anchor_point=(mark.column, mark.row))
        for mark in marks
    ]
