"""The marks over the original images, as a Grayscale Softcopy Presentation State.

References
----------
PS3.3 A.33.1 (IOD), C.10.5 (Graphic Annotation), C.11.2 (one VOI window only); PS3.4 N
"""

import copy
import hashlib
from collections.abc import Sequence

import numpy as np
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GrayscaleSoftcopyPresentationState,
    TextObject,
)
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence

from dicom_node.errors import ReportError
from dicom_node.marks import Mark
from dicom_node.sr import identity
from dicom_node.sr.content import ReportContent
from dicom_node.sr.headers import study_attributes

_NOTE = "AI research use only"
_SERIES_NUMBER = 9102


def presentation_state(content: ReportContent, image: Dataset, marks: Sequence[Mark]) -> Dataset:
    """Build the presentation state of one image.

    Parameters
    ----------
    content
        The report.
    image
        Header of the mammogram, with Rows, Columns and its VOI.
    marks
        At least one of this image; marks of other images are left out.

    Raises
    ------
    ReportError
        If no mark belongs to the image or one lies outside it.
    """
    own = [mark for mark in marks if mark.sop_instance_uid == str(image.SOPInstanceUID)]
    if not own:
        raise ReportError(f"There is no mark in image {image.SOPInstanceUID}, so it has no presentation state.")
    for mark in own:
        mark.check_inside(int(image.Rows), int(image.Columns))
    algorithm, point = content.algorithm, content.operating_point
    scope = (content.study_instance_uid, algorithm.sha256)
    side = str(image.get("ImageLaterality", ""))
    drawn = hashlib.sha256(repr(own).encode()).hexdigest()
    parts = (*scope, str(content.round_number), point.name, repr(point.threshold), str(image.SOPInstanceUID), drawn)
    source = _with_one_window(image)
    layer = GraphicLayer("AI", 1, "Marks of the algorithm, research use only")
    state = GrayscaleSoftcopyPresentationState(
        referenced_images=[source],
        series_instance_uid=identity.derive_uid("series", "presentation-state", *scope, side),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=identity.derive_uid("instance", "presentation-state", *parts),
        instance_number=1,
        manufacturer=algorithm.manufacturer,
        manufacturer_model_name=algorithm.name,
        software_versions=algorithm.version,
        device_serial_number=algorithm.sha256,
        content_label="AI_MARKS",
        content_description=_NOTE,
        graphic_layers=[layer],
        graphic_annotations=[
            GraphicAnnotation([source], layer, graphic_objects=_shapes(own, image), text_objects=_texts(own))
        ],
    )
    return _finished(state, content, image, side)


def _with_one_window(image: Dataset) -> Dataset:
    """Return a shallow copy that keeps only the first window: more than one is not valid in a state."""
    source = copy.copy(image)
    for keyword in ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation"):
        if keyword in source and source[keyword].VM > 1:
            setattr(source, keyword, source[keyword].value[0])
    if "WindowCenter" in source and "VOILUTSequence" in source:
        del source.VOILUTSequence
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


def _finished(state: Dataset, content: ReportContent, image: Dataset, side: str) -> Dataset:
    state.update(study_attributes(image))
    state.SpecificCharacterSet = "ISO_IR 192"
    state.Laterality = side
    state.SeriesDescription = "AI marks, research use only"
    created = content.created_at
    for prefix in ("Content", "InstanceCreation", "PresentationCreation", "Series"):
        setattr(state, f"{prefix}Date", created.strftime("%Y%m%d"))
        setattr(state, f"{prefix}Time", created.strftime("%H%M%S"))
    equipment = identity.contributing_equipment(content.algorithm, created)
    # DCMTK's dcmpschk refuses a date and time with fraction and offset
    equipment.ContributionDateTime = created.strftime("%Y%m%d%H%M%S")
    state.ContributingEquipmentSequence = DicomSequence([equipment])
    state.file_meta.ImplementationClassUID = identity.IMPLEMENTATION_CLASS_UID
    state.file_meta.ImplementationVersionName = identity.IMPLEMENTATION_VERSION_NAME
    return state
