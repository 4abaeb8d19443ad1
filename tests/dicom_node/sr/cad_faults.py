"""Single things done wrong in an otherwise valid Mammography CAD SR with a composite feature first."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence

from dicom_node.sr import codes, items
from tests.dicom_node.sr.cases import spoil

Fault = Callable[[Dataset], None]

OVERALL = ("111017",)
IMPRESSION = ("111017", "111034")
COMPOSITE = (*IMPRESSION, "111015")
FINDING = (*COMPOSITE, "111059")
DETECTION = ("111064", "111063", "111022")


def named(item: Dataset) -> str:
    """Return the code value of an item's concept name; empty for one without."""
    names = item.get("ConceptNameCodeSequence")
    return str(names[0].CodeValue) if names else ""


def find(parent: Dataset, *path: str) -> Dataset:
    """Return the first child with this concept name, and so on down."""
    for code_value in path:
        parent = next(item for item in parent.ContentSequence if named(item) == code_value)
    return parent


def entry(report: Dataset, number: int = 0) -> Dataset:
    """Return an entry of the image library."""
    image: Dataset = find(report, "111028").ContentSequence[number]
    return image


def _remove(*path: str) -> Fault:
    def inject(report: Dataset) -> None:
        parent = find(report, *path[:-1])
        parent.ContentSequence = [item for item in parent.ContentSequence if named(item) != path[-1]]

    return inject


def _drop(keyword: str, *path: str) -> Fault:
    def inject(report: Dataset) -> None:
        del find(report, *path)[keyword]

    return inject


def _recode(value: str, *path: str) -> Fault:
    def inject(report: Dataset) -> None:
        find(report, *path).ConceptCodeSequence[0].CodeValue = value

    return inject


def _relate(relationship: str, *path: str) -> Fault:
    return lambda report: setattr(find(report, *path), "RelationshipType", relationship)


def _measure(value: float, *path: str) -> Fault:
    def inject(report: Dataset) -> None:
        measured = find(report, *path).MeasuredValueSequence[0]
        measured.NumericValue, measured.FloatingPointValue = str(value), value

    return inject


def _unit(value: str, *path: str) -> Fault:
    def inject(report: Dataset) -> None:
        find(report, *path).MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue = value

    return inject


def _point_to(place: list[int], *path: str) -> Fault:
    def inject(report: Dataset) -> None:
        find(report, *path).ContentSequence[0].ReferencedContentItemIdentifier = place

    return inject


def _shape(values: list[float], *path: str) -> Fault:
    return lambda report: setattr(find(report, *path), "GraphicData", values)


def _evidence_without_an_image(report: Dataset) -> None:
    del report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]


def _stray(report: Dataset) -> None:
    report.ContentSequence.append(items.text("CONTAINS", codes.COMMENT, "Looks fine."))


def _twice(report: Dataset) -> None:
    overall = find(report, *OVERALL)
    overall.ContentSequence.append(overall.ContentSequence[-1])


def _by_value(report: Dataset) -> None:
    image = items.image("SELECTED FROM", find_header(report), [])
    find(report, *FINDING, "111010").ContentSequence = DicomSequence([image])


def find_header(report: Dataset) -> Dataset:
    """Return what the first image of the library is named by."""
    reference = entry(report).ReferencedSOPSequence[0]
    header = Dataset()
    header.SOPClassUID, header.SOPInstanceUID = reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID
    return header


def _forget_an_image(report: Dataset) -> None:
    del find(report, *DETECTION).ContentSequence[-2]


def _describe(old: str, new: str) -> Fault:
    def inject(report: Dataset) -> None:
        item = find(report, *OVERALL, "111033")
        assert old in item.TextValue
        item.TextValue = item.TextValue.replace(old, new)

    return inject


SEEN_BY_A_VALIDATOR: Mapping[str, Fault] = MappingProxyType(
    {
        "no evidence": _drop("CurrentRequestedProcedureEvidenceSequence"),
        "an image missing in the evidence": _evidence_without_an_image,
        "no patient ID": _drop("PatientID"),
        "patient ID too long": lambda report: spoil(report, "PatientID", b"X" * 66),
        "no modality of the series": _drop("Modality"),
        "another template": lambda report: setattr(report.ContentTemplateSequence[0], "TemplateIdentifier", "1500"),
        "no image library": _remove("111028"),
        "no findings summary": _remove(*OVERALL),
        "no summary of analyses": _remove("111065"),
        "a status as findings summary": _recode("111222", *OVERALL),
        "side of the wrong context group": lambda report: setattr(
            find(entry(report), "111027").ConceptCodeSequence[0], "CodeValue", "24028007"
        ),
        "certainty in millimetres": _unit("mm", *OVERALL, "111013"),
        "certainty above 100 percent": _measure(187.5, *OVERALL, "111013"),
        "impression without description": _remove(*OVERALL, "111033"),
        "impression without rendering intent": _remove(*IMPRESSION, "111056"),
        "the mass of a composite feature on one image": _recode("129788004", *FINDING),
        "finding without rendering intent": _remove(*FINDING, "111056"),
        "finding without centre": _remove(*FINDING, "111010"),
        "finding contained in a composite feature": _relate("CONTAINS", *FINDING),
        "centre of two points": _shape([1.0, 2.0, 3.0, 4.0], *FINDING, "111010"),
        "a region that claims a probability": _recode("111099", *FINDING),
        "reference into nowhere": _point_to([1, 2, 99], *FINDING, "111010"),
        "tracking UID without value": _drop("UID", *FINDING, "112040"),
        "detection without algorithm": _remove(*DETECTION, "111001"),
        "detections contained": _relate("CONTAINS", *DETECTION[:2]),
        "detections without list": _remove(*DETECTION[:2]),
        "container without continuity": _drop("ContinuityOfContent", *IMPRESSION),
        "an item of no template": _stray,
    }
)

# valid to all three validators, and wrong
SEEN_BY_THE_READER_ONLY: Mapping[str, Fault] = MappingProxyType(
    {
        "without findings, with findings": _recode("111241", *OVERALL),
        "evidence of another study": lambda report: setattr(
            report.CurrentRequestedProcedureEvidenceSequence[0], "StudyInstanceUID", "1.2.3"
        ),
        "a finding twice": _twice,
        "centre outside the image": _shape([25.0, 2.0], *FINDING, "111010"),
        "open outline": _shape([1.0, 1.0, 5.0, 1.0, 5.0, 5.0, 1.0, 5.0], *FINDING, "111041"),
        "outline of another view than the centre": _point_to([1, 2, 3], *FINDING, "111041"),
        "findings of one feature on both breasts": _point_to([1, 2, 2], *FINDING, "111010"),
        "image given by value": _by_value,
        "fraction instead of percent": _measure(0.875, *FINDING, "111047"),
        "certainty against the description": _measure(12.5, *OVERALL, "111013"),
        "label against the probability": _describe("Malignant at operating point", "Benign at operating point"),
        "another operating point": _describe("at operating point balanced", "at operating point bold"),
        "required place shown on demand": _recode("111151", *FINDING, "111056"),
        "an analysed image missing among the detections": _forget_an_image,
        "acquisition time as the study's": lambda report: setattr(find(entry(report), "111061"), "Time", "235959"),
        "verified by nobody": lambda report: setattr(report, "VerificationFlag", "VERIFIED"),
    }
)
