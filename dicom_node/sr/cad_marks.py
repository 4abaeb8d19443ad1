"""The marked places of a Mammography CAD SR, read back (the way back of `cad_findings.py`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from dicom_node.sr import codes
from dicom_node.sr.cad_library import LIBRARY_PLACE
from dicom_node.sr.findings import Finding, Point
from dicom_node.sr.tree import children, number, only_child


@dataclass(frozen=True)
class LibraryEntry:
    """An image as the library of a report has it; `size` is rows and columns, where stated."""

    uid: str
    laterality: str | None
    view: str | None
    size: tuple[int, int] | None


def read_findings(overall: Dataset, library: Sequence[LibraryEntry]) -> Iterator[Finding]:
    """Yield the findings below CAD Processing and Findings Summary; ReportError for one outside its image."""
    for impression in children(overall, codes.INDIVIDUAL_IMPRESSION):
        for feature in children(impression, codes.COMPOSITE_FEATURE):
            name = str(only_child(feature, codes.TRACKING_IDENTIFIER).TextValue)
            for item in children(feature, codes.SINGLE_IMAGE_FINDING):
                yield _finding(item, library, name)
        for item in children(impression, codes.SINGLE_IMAGE_FINDING):
            yield _finding(item, library, None)


def _finding(item: Dataset, library: Sequence[LibraryEntry], composite: str | None) -> Finding:
    centre = only_child(item, codes.CENTER)
    entry = _selected(centre, library)
    outlines = list(children(item, codes.OUTLINE))
    finding = Finding(
        sop_instance_uid=entry.uid,
        centre=_points(centre)[0],
        probability=number(only_child(item, codes.PROBABILITY_OF_CANCER), codes.PERCENT) / 100.0,
        certainty=number(only_child(item, codes.CERTAINTY_OF_FINDING), codes.PERCENT) / 100.0,
        identifier=str(only_child(item, codes.TRACKING_IDENTIFIER).TextValue),
        outline=_points(outlines[0]) if outlines else (),
        composite=composite,
    )
    if entry.size is not None:
        finding.check_inside(*entry.size)
    return finding


def _selected(item: Dataset, library: Sequence[LibraryEntry]) -> LibraryEntry:
    (source,) = item.ContentSequence
    *place, position = source.ReferencedContentItemIdentifier
    if tuple(place) != LIBRARY_PLACE:
        raise ValueError(place)
    return library[int(position) - 1]


def _points(item: Dataset) -> tuple[Point, ...]:
    values = [float(value) for value in item.GraphicData]
    return tuple(zip(values[::2], values[1::2], strict=True))
