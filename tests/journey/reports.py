"""Read a report that came back, with nothing but pydicom."""

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.uid import UID

COMPREHENSIVE_3D_SR = UID("1.2.840.10008.5.1.4.1.1.88.34")
PROBABILITY_OF_CANCER = "111047"


def content_items(item: Dataset) -> Iterator[Dataset]:
    """Return the item and all below it, depth first."""
    yield item
    for child in item.get("ContentSequence", []):
        yield from content_items(child)


def evidence(report: Dataset) -> set[str]:
    """Return the SOP Instance UIDs that the report names as its evidence."""
    return {
        str(reference.ReferencedSOPInstanceUID)
        for study in report.get("CurrentRequestedProcedureEvidenceSequence", [])
        for series in study.ReferencedSeriesSequence
        for reference in series.ReferencedSOPSequence
    }


def predecessors(report: Dataset) -> set[str]:
    """Return the SOP Instance UIDs of the reports that this one replaces."""
    return {
        str(reference.ReferencedSOPInstanceUID)
        for study in report.get("PredecessorDocumentsSequence", [])
        for series in study.ReferencedSeriesSequence
        for reference in series.ReferencedSOPSequence
    }


def probabilities(report: Dataset) -> list[float]:
    """Return the values of every "Probability of cancer", in percent."""
    return [
        float(item.MeasuredValueSequence[0].NumericValue)
        for item in content_items(report)
        if item.get("ValueType") == "NUM"
        and item.ConceptNameCodeSequence[0].CodeValue == PROBABILITY_OF_CANCER
        and item.get("MeasuredValueSequence")
    ]
