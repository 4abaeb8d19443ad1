"""How the analysis of a study ended, in the one of five ways that a report must tell apart."""

from dataclasses import dataclass
from enum import Enum

from dicom_node.sr import codes
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import Label, ReportContent


class Outcome(Enum):
    """Whether images were analysed, and whether that brought anything up."""

    SUCCEEDED_WITH_FINDINGS = "succeeded with findings"
    SUCCEEDED_WITHOUT_FINDINGS = "succeeded without findings"
    PARTLY_SUCCEEDED = "partly succeeded"
    FAILED = "failed"
    NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True)
class Summary:
    """The coded form of an outcome: of the whole (CID 6047), of detections and of analyses (CID 6042)."""

    overall: Concept
    detections: Concept
    analyses: Concept


def outcome(content: ReportContent) -> Outcome:
    """Return how the analysis of `content` ended."""
    if not content.images:
        attempted = any(image.attempted for image in content.not_analysed)
        return Outcome.FAILED if attempted else Outcome.NOT_ATTEMPTED
    if content.not_analysed:
        return Outcome.PARTLY_SUCCEEDED
    return Outcome.SUCCEEDED_WITH_FINDINGS if has_findings(content) else Outcome.SUCCEEDED_WITHOUT_FINDINGS


def has_findings(content: ReportContent) -> bool:
    """Whether a place is marked, or an image, a breast or the study is labelled malignant."""
    return bool(content.findings) or any(result.label is Label.MALIGNANT for result in content.results)


def result_status(content: ReportContent) -> Concept:
    """Return the coded status (CID 6042) of the analyses of a study."""
    return {
        Outcome.PARTLY_SUCCEEDED: codes.PARTIALLY_SUCCEEDED,
        Outcome.FAILED: codes.FAILED,
        Outcome.NOT_ATTEMPTED: codes.NOT_ATTEMPTED,
    }.get(outcome(content), codes.SUCCEEDED)


def summarise(content: ReportContent) -> Summary:
    """Return the three coded summaries of a Mammography CAD SR."""
    status = result_status(content)
    if not content.images:
        overall = codes.NONE_SUCCEEDED
    elif content.not_analysed:
        overall = codes.PART_WITH_FINDINGS if has_findings(content) else codes.PART_WITHOUT_FINDINGS
    else:
        overall = codes.ALL_WITH_FINDINGS if has_findings(content) else codes.ALL_WITHOUT_FINDINGS
    return Summary(overall, detections=status if content.detects else codes.NOT_ATTEMPTED, analyses=status)
