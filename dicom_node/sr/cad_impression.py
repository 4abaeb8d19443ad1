"""What a Mammography CAD SR says of the study, its breasts and its images (TID 4002 below TID 4001).

The template has one number, Certainty of impression, and it is the study's probability of cancer in percent. It
has none for a breast or an image (CID 6142 could be extended, but no reader expects that), no label at an
operating point, and no coded reason why an image was not analysed before anything was tried. These stand in the
one Impression Description, in lines of a fixed form that a human reads at once and a reader of this node to the
last bit. No BI-RADS category is derived: the algorithm assigns none.

References
----------
DICOM PS3.16 TID 4001, 4002, 4019.
"""

import json
import re
from collections.abc import Iterator

from pydicom.dataset import Dataset

from dicom_node.sr import codes, items
from dicom_node.sr.cad_library import library_places
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import BreastResult, ImageResult, Label, NotAnalysedImage, ReportContent, StudyResult
from dicom_node.sr.document import RESEARCH_USE_ONLY
from dicom_node.sr.items import HAS_PROPERTIES

MARKS_PLACES = "The algorithm also looks for masses and marks where it sees them."
MARKS_NOTHING = "The algorithm marks no places: the absence of marks is no statement."
LINE_END = "\r\n"
_SIDES = {"L": "Left", "R": "Right"}
_RESULT = re.compile(
    r"(Study|(?:Left|Right) breast|Image \d+)(?: \(.*?\))?: probability of cancer (\S+), (Malignant|Benign)\b.*"
)
_LEFT_OUT = re.compile(r"Image (\d+) \(.*?\) not analysed, (failed|not attempted): (\[.*)")


def impression_body(content: ReportContent) -> list[Dataset]:
    """Return the rows of TID 4002: description, certainty, algorithm."""
    found = [items.text(HAS_PROPERTIES, codes.IMPRESSION_DESCRIPTION, LINE_END.join(_lines(content)))]
    if content.study is not None:
        certainty = 100.0 * content.study.probability
        found.append(items.number(HAS_PROPERTIES, codes.CERTAINTY_OF_IMPRESSION, certainty, codes.PERCENT))
    found.extend(algorithm_items(content, parameters=algorithm_parameters(content)))
    return found


def algorithm_items(content: ReportContent, parameters: tuple[str, ...] = ()) -> list[Dataset]:
    """Return who analysed (TID 4019)."""
    algorithm = content.algorithm
    return [
        items.text(HAS_PROPERTIES, codes.ALGORITHM_NAME, algorithm.name),
        items.text(HAS_PROPERTIES, codes.ALGORITHM_VERSION, algorithm.version),
        *(items.text(HAS_PROPERTIES, codes.ALGORITHM_PARAMETERS, parameter) for parameter in parameters),
    ]


def algorithm_parameters(content: ReportContent) -> tuple[str, ...]:
    """Return everything that decides the result, down to the model file and the operating point."""
    point = content.operating_point
    return (
        f"sha256={content.algorithm.sha256}",
        f"operating_point={point.name}",
        f"threshold={point.threshold!r}",
        *content.algorithm.parameters,
    )


def reason_text(reason: Concept) -> str:
    """Return a coded reason as text: a JSON list of code value, scheme and meaning."""
    return json.dumps([reason.value, reason.scheme, reason.meaning], ensure_ascii=False)


def read_result(line: str) -> tuple[str, float, Label] | None:
    """Read a line of a result: its subject ("Study", "Left breast" or "Image 3"), probability 0..1 and label."""
    found = _RESULT.fullmatch(line)
    return None if found is None else (found[1], float(found[2]), Label(found[3]))


def read_left_out(line: str) -> tuple[int, bool, Concept, str] | None:
    """Read a line about an image not analysed: its number, whether it was attempted, reason, explanation."""
    found = _LEFT_OUT.fullmatch(line)
    if found is None:
        return None
    parts, end = json.JSONDecoder().raw_decode(found[3])
    return int(found[1]), found[2] == "failed", Concept(*parts), found[3][end + 1 :]


def _lines(content: ReportContent) -> Iterator[str]:
    point, places = content.operating_point, library_places(content)
    yield RESEARCH_USE_ONLY
    yield MARKS_PLACES if content.detects else MARKS_NOTHING
    if content.study is not None:
        yield f"{_result('Study', content.study)} at operating point {point.name}, threshold {point.threshold!r}."
    for breast in content.breasts:
        yield f"{_result(f'{_SIDES[breast.laterality]} breast', breast)}."
    for image in content.images:
        subject = f"Image {places[image.sop_instance_uid][-1]} ({_name(image)})"
        yield f"{_result(subject, image)}."
    missing, total = len(content.not_analysed), len(places)
    if missing:
        yield f"{missing} of {total} images were not analysed. That is no statement about them."
    for left_out in content.not_analysed:
        yield _left_out(left_out, places[left_out.sop_instance_uid][-1])


def _result(subject: str, result: ImageResult | BreastResult | StudyResult) -> str:
    return f"{subject}: probability of cancer {result.probability!r}, {result.label.value}"


def _name(image: ImageResult | NotAnalysedImage) -> str:
    return f"{_SIDES.get(image.laterality or '', 'side unknown').lower()}, {image.view or 'view unknown'}"


def _left_out(image: NotAnalysedImage, number: int) -> str:
    how = "failed" if image.attempted else "not attempted"
    return f"Image {number} ({_name(image)}) not analysed, {how}: {reason_text(image.reason)} {image.explanation}"
