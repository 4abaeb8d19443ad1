"""One upload's result as a page to print."""

from django.conf import settings

from dicom_node.pdf_upload import UploadResult, upload_report_pdf
from webapp.diagnosis import heatmaps
from webapp.diagnosis.models import Diagnosis


def pdf_of(row: Diagnosis) -> bytes:
    """Return a PDF of the result, with the heat map where there is one."""
    result = UploadResult(
        label=row.label,
        probability=row.probability,
        confidence=row.confidence,
        operating_point=row.operating_point,
        threshold=row.threshold,
        model_name=row.model_name,
        model_version=row.model_version,
        created_at=row.created_at,
        laterality=row.laterality or None,
        view=row.view or None,
        warnings=row.warnings,
        heat_map_png=heatmaps.read(row.heatmap),
    )
    return upload_report_pdf(result, settings.NODE_REPORT_LANGUAGE)
