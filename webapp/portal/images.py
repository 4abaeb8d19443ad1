"""The images of a study, as the viewer needs them: how each lies, and what the AI says of it."""

import math
from typing import Any, Final

from django.conf import settings
from pydicom import Dataset

from dicom_node import attributes, geometry, spacing
from dicom_node.errors import DicomNodeError
from webapp.studies.headers import read_header
from webapp.studies.models import ImageResult, Instance, Round, Study

_CIRCLE_CORNERS: Final = 24
# as the presentation state draws a place without outline
_RADIUS_IN_COLUMNS: Final = 1 / 24


def images_of(study: Study, newest: Round | None, *, hidden: bool) -> list[dict[str, Any]]:
    """Return the images in the order they came; without the AI's word where it is hidden."""
    results = {} if newest is None else {row.instance_id: row for row in newest.image_results.all()}
    return [_image(instance, results.get(instance.pk), hidden=hidden) for instance in study.instances.all()]


def _image(instance: Instance, result: ImageResult | None, *, hidden: bool) -> dict[str, Any]:
    analysed = result is not None and result.probability is not None
    header = _header(instance)
    facts = _UNREAD if header is None else _facts(header)
    body = {
        "sop_instance_uid": instance.sop_instance_uid,
        "series_instance_uid": instance.series_instance_uid,
        "sop_class_uid": instance.sop_class_uid,
        "transfer_syntax_uid": instance.transfer_syntax_uid,
        "laterality": instance.laterality or None,
        "view": instance.view or None,
        "size_bytes": instance.size_bytes,
        "received_at": instance.received_at,
        **facts,
        "analysed": analysed,
        "reason": (result.reason or None) if result is not None else None,
        "probability": None,
        "prediction": None,
        "marks": [],
        "has_saliency": False,
        "input_ready": analysed and header is not None,
    }
    if result is not None and not hidden:
        body |= {
            "probability": result.probability,
            "prediction": result.label or None,
            "marks": marks_of(result, facts["rows"], facts["columns"]),
            "has_saliency": bool(result.saliency),
        }
    return body


def marks_of(result: ImageResult, rows: int | None, columns: int | None) -> list[dict[str, Any]]:
    """Return the marked places; one without an outline gets a circle, and says so."""
    return [
        {
            "centre": mark["centre"],
            "polygon": mark["outline"] or _circle(mark["centre"], rows, columns),
            "is_outline": bool(mark["outline"]),
            "score": mark["score"],
            "probability": mark["probability"],
        }
        for mark in result.marks
    ]


def _circle(centre: list[float], rows: int | None, columns: int | None) -> list[list[float]]:
    if not rows or not columns:
        return []
    radius = columns * _RADIUS_IN_COLUMNS
    turns = (2 * math.pi * number / _CIRCLE_CORNERS for number in range(_CIRCLE_CORNERS))
    return [
        [
            round(min(max(centre[0] + radius * math.cos(turn), 0.0), columns), 2),
            round(min(max(centre[1] + radius * math.sin(turn), 0.0), rows), 2),
        ]
        for turn in turns
    ]


def _header(instance: Instance) -> Dataset | None:
    try:
        return read_header(settings.NODE_ARCHIVE_DIR / instance.path)
    except (DicomNodeError, OSError):
        # the study is shown all the same: its rows say what it is
        return None


_UNREAD: Final[dict[str, Any]] = {
    "readable": False, "rows": None, "columns": None, "photometric_interpretation": None, "spacing": None,
    "flip_horizontal": None, "flip_vertical": None, "patient_orientation": None,
}  # fmt: skip


def _facts(header: Dataset) -> dict[str, Any]:
    try:
        identity = geometry.identify_view(header)
        size = spacing.pixel_spacing(header)
        return {
            "readable": True,
            "rows": attributes.integer(header, "Rows"),
            "columns": attributes.integer(header, "Columns"),
            "photometric_interpretation": attributes.term(header, "PhotometricInterpretation"),
            "spacing": None if size is None else _spacing(size),
            "flip_horizontal": identity.flip_horizontal,
            "flip_vertical": identity.flip_vertical,
            "patient_orientation": list(attributes.texts(header, "PatientOrientation")) or None,
        }
    except DicomNodeError:
        return dict(_UNREAD)


def _spacing(size: spacing.PixelSpacing) -> dict[str, Any]:
    return {
        "row_mm": size.row_mm,
        "column_mm": size.column_mm,
        "attribute": size.source.value,
        "magnification": size.magnification,
        "calibrated": size.source is spacing.SpacingSource.PIXEL_SPACING,
    }
