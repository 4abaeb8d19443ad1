"""One upload's result as a page to print."""

import io

from PIL import Image, ImageDraw

from webapp.diagnosis import heatmaps
from webapp.diagnosis.models import Diagnosis

_PAGE, _MARGIN, _LINE = (1240, 1754), 100, 40


def pdf_of(row: Diagnosis) -> bytes:
    """Return a PDF of the result, with the heat map where there is one."""
    page = Image.new("RGB", _PAGE, "white")
    pen = ImageDraw.Draw(page)
    lines = (
        f"Mammonode: upload {row.pk}",
        "RESEARCH USE ONLY. NOT FOR DIAGNOSIS.",
        "",
        f"Prediction: {row.label}, confidence {row.confidence:.2f}",
        f"Probability of malignancy: {row.probability:.2f} ({row.operating_point} from {row.threshold:.2f} on)",
        f"Model: {row.model_name} {row.model_version}",
        f"Uploaded: {row.created_at:%Y-%m-%d %H:%M} UTC, {row.image_format}",
        *row.warnings,
    )
    for number, line in enumerate(lines):
        pen.text((_MARGIN, _MARGIN + number * _LINE), line, fill="black", font_size=24)
    png = heatmaps.read(row.heatmap)
    if png is not None:
        with Image.open(io.BytesIO(png)) as picture:
            picture.thumbnail((_PAGE[0] - 2 * _MARGIN, 1000))
            page.paste(picture, (_MARGIN, _MARGIN + (len(lines) + 1) * _LINE))
    with io.BytesIO() as stream:
        page.save(stream, "PDF", resolution=150)
        return stream.getvalue()
