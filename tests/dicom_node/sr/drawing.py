"""Contents of reports, drawn by hypothesis."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation

from dicom_node.sr import codes
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import (
    Algorithm,
    BreastResult,
    ImageResult,
    NotAnalysedImage,
    OperatingPoint,
    ReportContent,
    StudyResult,
)
from dicom_node.sr.findings import Finding
from tests.dicom_node.sr.cases import predecessor_of

STUDY = "2.25.1"

# what LO and UT hold: printable, beyond ASCII, no blanks around, no backslash
_letters = st.characters(exclude_categories=("C", "Z"), exclude_characters="\\")
_short = st.text(_letters, min_size=1, max_size=64)
_probabilities = st.floats(0, 1, width=32)  # a float32 survives percent and back without loss
_sides = st.sampled_from(["L", "R", None])
_views = st.sampled_from([*codes.VIEWS, None])
_concepts = st.builds(
    Concept,
    st.text("ABCDEFGHIJ0123456789", min_size=1, max_size=16),
    st.sampled_from(["DCM", "SCT", codes.PRIVATE_SCHEME, "99OTHER"]),
    _short,
)
_left_out = st.builds(NotAnalysedImage, st.just("1.2"), _sides, _views, _concepts, _short, st.booleans())
_algorithms = st.builds(
    Algorithm,
    _short,
    _short,
    st.text("0123456789abcdef", min_size=64, max_size=64),
    _short,
    st.lists(_short.filter(lambda text: "=" not in text), max_size=2).map(tuple),
)
_zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_times = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=_zones)


_coordinates = st.floats(0, 24, width=32)
_points = st.tuples(_coordinates, _coordinates)


@st.composite
def _findings_on(draw: st.DrawFn, images: Sequence[ImageResult]) -> tuple[Finding, ...]:
    """Draw findings; those on the first two images of one side may be one feature."""
    found = []
    for number, image in enumerate(images):
        if draw(st.booleans()):
            ring = draw(st.lists(_points, min_size=3, max_size=5))
            outline = (*ring, ring[0]) if draw(st.booleans()) else ()
            scores = draw(_probabilities), draw(_probabilities)
            name = f"{number} {draw(_short)}"[:64]
            found.append(Finding(image.sop_instance_uid, draw(_points), *scores, name, outline))
    sides = {image.sop_instance_uid: image.laterality for image in images}
    for side in {sides[finding.sop_instance_uid] for finding in found}:
        alike = [finding for finding in found if sides[finding.sop_instance_uid] == side]
        if len(alike) > 1 and draw(st.booleans()):
            found = [replace(f, composite=f"on {side}") if f in alike else f for f in found]
    return tuple(found)


@st.composite
def contents(draw: st.DrawFn, *, exact: bool = False) -> ReportContent:
    """Draw what a report can say; with `exact`, probabilities of any precision, and findings."""
    scores_between = st.floats(0, 1) if exact else _probabilities
    point = OperatingPoint(draw(_short), draw(_probabilities))
    scores = draw(st.lists(st.tuples(_sides, _views, scores_between), max_size=4))
    images = tuple(
        ImageResult(f"2.25.1{number}", side, view, p, point.classify(p))
        for number, (side, view, p) in enumerate(scores)
    )
    unknown = draw(st.lists(_left_out, min_size=0 if images else 1, max_size=3))
    left_out = tuple(replace(image, sop_instance_uid=f"2.25.2{number}") for number, image in enumerate(unknown))
    sides = {image.laterality for image in images if image.laterality}
    breasts = {side: draw(_probabilities) for side in sides if draw(st.booleans())}
    study = draw(_probabilities)
    content = ReportContent(
        study_instance_uid=STUDY,
        round_number=draw(st.integers(1, 99)),
        created_at=draw(_times),
        algorithm=draw(_algorithms),
        operating_point=point,
        images=images,
        breasts=tuple(BreastResult(side, p, point.classify(p)) for side, p in breasts.items()),
        study=StudyResult(study, point.classify(study)) if images else None,
        not_analysed=left_out,
    )
    if content.round_number > 1 and draw(st.booleans()):
        earlier = replace(content, round_number=content.round_number - 1)
        content = replace(content, predecessor=predecessor_of(earlier))
    if exact:
        content = replace(content, findings=draw(_findings_on(images)), detects=draw(st.booleans()))
    return content


def header_of(uid: str) -> Dataset:
    """Make the smallest header a report can be about."""
    header = Dataset()
    header.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    header.SOPInstanceUID = uid
    header.StudyInstanceUID = STUDY
    header.SeriesInstanceUID = "2.25.9"
    header.Modality = "MG"
    header.Rows, header.Columns = 32, 24
    return header
