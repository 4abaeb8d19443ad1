"""The result of one uploaded picture as one readable page. It belongs to no study and names no patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from PIL import Image as Picture
from PIL import UnidentifiedImageError
from reportlab.platypus import Flowable, Image

from dicom_node.errors import ReportError
from dicom_node.pdf_page import HEIGHT, WIDTH, Room, gap, heading, one_page, pairs, paragraph
from dicom_node.pdf_text import moment, percent, words
from dicom_node.sr.checks import check_probability

_HEAT_HEIGHT = 0.45  # of the page at most
_LARGEST_PIXELS = 20_000_000


@dataclass(frozen=True)
class UploadResult:
    """What is said about one uploaded picture.

    Parameters
    ----------
    label : str
        "Malignant" or "Benign"; another word is printed as it is.
    probability, confidence, threshold : float
        0..1. Of malignancy; of the label; from which probability on the label is Malignant.
    operating_point, model_name, model_version : str
    created_at : datetime
        Aware. When it was analysed.
    laterality, view : str, optional
        "L" or "R"; "CC", "MLO". None where unknown.
    warnings : sequence of str
        Sentences in the reader's language, without patient data.
    heat_map_png : bytes, optional
        The picture with the heat map over it.
    """

    label: str
    probability: float
    confidence: float
    operating_point: str
    threshold: float
    model_name: str
    model_version: str
    created_at: datetime
    laterality: str | None = None
    view: str | None = None
    warnings: Sequence[str] = ()
    heat_map_png: bytes | None = None

    def __post_init__(self) -> None:
        for name in ("probability", "confidence", "threshold"):
            check_probability(name, getattr(self, name))
        if self.created_at.utcoffset() is None:
            raise ReportError("The time of a result must know its time zone.")


def upload_report_pdf(result: UploadResult, language: str = "en") -> bytes:
    """Write the page about one uploaded picture.

    Parameters
    ----------
    result : UploadResult
    language : str
        One of `dicom_node.pdf_text.LANGUAGES`.

    Returns
    -------
    bytes
        A PDF of one page; the same result gives the same bytes.

    Raises
    ------
    ReportError
        If the language is unknown or the heat map is no readable PNG.
    """
    says = words(language)
    heat = _picture(result.heat_map_png) if result.heat_map_png is not None else None
    return one_page(
        lambda room: _story(result, heat, language, room),
        banner=says["banner"],
        title=says["upload_title"],
        author=result.model_name,
        created=result.created_at,
        language=language,
    )


def _story(result: UploadResult, heat: Picture.Image | None, language: str, room: Room) -> list[Flowable]:
    says, size = words(language), room.size
    chance = percent(result.probability, language, beside=result.threshold)
    line = says["study_line"].format(probability=chance, label=says.get(result.label, result.label))
    at = says["point"].format(name=result.operating_point, threshold=percent(result.threshold, language))
    model = says["upload_model_line"].format(name=result.model_name, version=result.model_version)
    lines = [
        (says["confidence"], percent(result.confidence, language)),
        (says["side"], says.get(result.laterality or "unknown", str(result.laterality))),
        (says["view"], result.view or says["unknown_view"]),
        (says["model"], model),
        (says["created"], moment(result.created_at)),
    ]
    story: list[Flowable] = [
        heading(says["upload_title"], size * 1.2),
        paragraph(f"{says['probability']} {line}", size * 1.25, bold=True, after=size * 0.3),
        *(paragraph(at, size), gap(size * 0.4), pairs(lines, size)),
    ]
    if result.warnings:
        story.append(heading(says["warnings"], size))
        story += [paragraph(f"• {warning[: room.letters]}", size) for warning in result.warnings[: room.rows]]
    if heat is not None:
        story += [gap(size), _drawn(heat), paragraph(says["heat"], size)]
    return [*story, gap(size), paragraph(says["advice"], size)]


def _picture(png: bytes) -> Picture.Image:
    try:
        with Picture.open(BytesIO(png), formats=["PNG"]) as picture:
            if picture.width * picture.height > _LARGEST_PIXELS:
                raise ReportError("The heat map is too large to be printed.")
            return picture.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ReportError("The heat map is no readable PNG.") from error


def _drawn(picture: Picture.Image) -> Flowable:
    scale = min(WIDTH / picture.width, HEIGHT * _HEAT_HEIGHT / picture.height)
    file = BytesIO()
    picture.save(file, "PNG")
    file.seek(0)
    return Image(file, picture.width * scale, picture.height * scale)
