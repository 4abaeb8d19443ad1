"""Single things done wrong in an otherwise valid report."""

from collections.abc import Callable
from types import MappingProxyType

from pydicom.dataset import Dataset

from tests.dicom_node.sr.cases import spoil

Fault = Callable[[Dataset], None]


def name_of(item: Dataset) -> str:
    """Return the code value of an item's concept name."""
    return str(item.ConceptNameCodeSequence[0].CodeValue)


def child(parent: Dataset, *code_values: str) -> Dataset:
    """Return the first child with this concept name, and so on down."""
    for code_value in code_values:
        parent = next(item for item in parent.ContentSequence if name_of(item) == code_value)
    return parent


def group(report: Dataset, number: int = 0) -> Dataset:
    """Return a measurement group."""
    measurements: Dataset = child(report, "126010").ContentSequence[number]
    return measurements


def _remove(*path: str) -> Fault:
    """Remove the item at the end of the path."""

    def inject(report: Dataset) -> None:
        parent = child(report, *path[:-1])
        parent.ContentSequence = [item for item in parent.ContentSequence if name_of(item) != path[-1]]

    return inject


def _drop(keyword: str, *path: str) -> Fault:
    """Delete an attribute of the item at the end of the path."""

    def inject(report: Dataset) -> None:
        del child(report, *path)[keyword]

    return inject


def _set(keyword: str, value: str, *path: str) -> Fault:
    """Give an attribute of the item at the end of the path another value, unchecked."""

    def inject(report: Dataset) -> None:
        spoil(child(report, *path), keyword, value.encode() + b" " * (len(value) % 2))

    return inject


def _recode(keyword: str, value: str, *path: str) -> Fault:
    """Give the code in a code sequence of the item at the end of the path another value."""

    def inject(report: Dataset) -> None:
        child(report, *path)[keyword][0].CodeValue = value

    return inject


def _in_number(change: Fault) -> Fault:
    """Change the measured value of the first group's probability."""
    return lambda report: change(child(group(report), "111047").MeasuredValueSequence[0])


_GROUP = ("126010", "125007")
_ENTRY = ("111028", "126200", "260753009")

SEEN_BY_A_VALIDATOR = MappingProxyType(
    {
        "no evidence": _drop("CurrentRequestedProcedureEvidenceSequence"),
        "no completion flag": _drop("CompletionFlag"),
        "unknown verification flag": _set("VerificationFlag", "MAYBE"),
        "no patient ID": _drop("PatientID"),
        "patient ID too long": _set("PatientID", "X" * 66),
        "study date of another form": _set("StudyDate", "2024-01-2"),
        "no modality of the series": _drop("Modality"),
        "another SOP class": _set("SOPClassUID", "1.2.840.10008.5.1.4.1.1.88.11"),
        "another template": lambda report: setattr(report.ContentTemplateSequence[0], "TemplateIdentifier", "4000"),
        "tracking UID with a leading zero": _set("UID", "2.25.0071", *_GROUP, "112040"),
        "tracking UID without value": _drop("UID", *_GROUP, "112040"),
        "side of the wrong context group": _recode(
            "ConceptCodeSequence", "80248007", *_GROUP, "363698007", "272741003"
        ),
        "probability without unit": _in_number(_drop("MeasurementUnitsCodeSequence")),
        "probability without value": _in_number(_drop("NumericValue")),
        "text said to be a code": _set("ValueType", "CODE", *_GROUP, "112039"),
        "text inferred": _set("RelationshipType", "INFERRED FROM", *_GROUP, "112039"),
        "text without concept name": _drop("ConceptNameCodeSequence", *_GROUP, "112039"),
        "container without continuity": _drop("ContinuityOfContent", *_GROUP),
        "image item without image": _drop("ReferencedSOPSequence", *_GROUP, "121112"),
        "observer without UID": _remove("121012"),
        "device said to be a person": _recode("ConceptCodeSequence", "121006", "121005"),
        "view given as laterality": _recode("ConceptCodeSequence", "399162004", *_ENTRY, "111027"),
    }
)

# TID 1500 is extensible and mostly optional: none of the three misses these
SEEN_BY_THE_READER_ONLY = MappingProxyType(
    {
        "no image library": _remove("111028"),
        "no measurements": _remove("126010"),
        "no tracking UID": _remove(*_GROUP, "112040"),
        "no source image": _remove(*_GROUP, "121112"),
        "no label": _remove(*_GROUP, "OPCLASS"),
        "unknown label": _recode("ConceptCodeSequence", "86049000", *_GROUP, "OPCLASS"),
        "unit not percent": _in_number(lambda value: setattr(value.MeasurementUnitsCodeSequence[0], "CodeValue", "1")),
        "more than 100 percent": _in_number(lambda value: setattr(value, "FloatingPointValue", 187.5)),
        "label against probability": _in_number(lambda value: setattr(value, "FloatingPointValue", 2.0)),
        "no algorithm": _remove(*_GROUP, "111047", "111001"),
    }
)
