"""What a report says: an analysis and its rows, as the values that the DICOM library builds reports from."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from dicom_node.sr import content as sr
from dicom_node.sr.codes import VIEWS, Concept
from dicom_node.sr.findings import Finding
from webapp.studies import pipeline
from webapp.studies.models import Instance, Round
from webapp.studies.pipeline import Analysis, ModelFacts

_MANUFACTURER = "Mammonode"
_ONE_VIEW_EACH = ["CC", "MLO"]


def content_of(round_: Round, instances: Iterable[Instance], analysis: Analysis) -> sr.ReportContent:
    """Return what the reports of a round say; the same round and analysis say the same.

    Raises
    ------
    ReportError
        If the values contradict each other.
    """
    facts = pipeline.model_facts()
    point = sr.OperatingPoint(facts.operating_point, facts.threshold)
    by_uid = {row.sop_instance_uid: row for row in instances}
    prediction = analysis.prediction
    return sr.ReportContent(
        study_instance_uid=round_.study.study_instance_uid,
        round_number=round_.number,
        # the time of the round, not of this try: a repeated step makes the same bytes
        created_at=round_.completed_at,
        algorithm=_algorithm(facts),
        operating_point=point,
        images=tuple(
            sr.ImageResult(uid, *_side_and_view(by_uid[uid]), score.probability, point.classify(score.probability))
            for uid, score in analysis.scores.items()
        ),
        breasts=()
        if prediction is None
        else tuple(
            sr.BreastResult(breast.laterality, breast.probability, point.classify(breast.probability))
            for breast in prediction.breasts
            if breast.laterality is not None
        ),
        study=None
        if prediction is None
        else sr.StudyResult(prediction.probability, point.classify(prediction.probability)),
        not_analysed=tuple(
            sr.NotAnalysedImage(
                image.sop_instance_uid,
                *_side_and_view(by_uid[image.sop_instance_uid]),
                Concept(*image.code.concept),
                image.reason,
                attempted=image.attempted,
            )
            for image in analysis.not_analysed
        ),
        findings=findings_of(analysis, by_uid),
        detects=facts.mass_threshold is not None,
    )


def findings_of(analysis: Analysis, by_uid: Mapping[str, Instance]) -> tuple[Finding, ...]:
    """Return the marked places as findings; two of one breast are one feature where nothing else can be meant.

    That is the case when the breast has one mark in a CC view, one in an MLO view, and no other.
    """
    by_breast: dict[str | None, list[Finding]] = {}
    for place in analysis.places:
        side, view = _side_and_view(by_uid[place.sop_instance_uid])
        finding = Finding(
            sop_instance_uid=place.sop_instance_uid,
            centre=(place.column, place.row),
            probability=analysis.scores[place.sop_instance_uid].probability,
            certainty=place.mass,
            identifier=_identifier(place, side, view),
        )
        by_breast.setdefault(side, []).append(finding)
    found: list[Finding] = []
    for side, findings in by_breast.items():
        views = sorted(by_uid[finding.sop_instance_uid].view for finding in findings)
        matched = side is not None and views == _ONE_VIEW_EACH
        found += _joined(str(side), findings) if matched else findings
    return tuple(found)


def marks_in(content: sr.ReportContent, sop_instance_uid: str) -> list[dict[str, Any]]:
    """Return the findings of one image as its row keeps them: places in pixels (x, y) of the stored image."""
    return [
        {
            "centre": list(found.centre),
            "outline": [list(point) for point in found.outline],
            "score": found.certainty,
            "probability": found.probability,
            "identifier": found.identifier,
        }
        for found in content.findings
        if found.sop_instance_uid == sop_instance_uid
    ]


def _identifier(place: pipeline.MarkedPlace, side: str | None, view: str | None) -> str:
    """Name a place by where it is: the same place has the same name in every round."""
    where = f"r{place.row:.0f}c{place.column:.0f}"
    return f"{side or 'U'}{view or 'U'}-{_short(place.sop_instance_uid)}-{where}"


def _joined(side: str, findings: list[Finding]) -> list[Finding]:
    name = f"{side}-CC-MLO-{_short(*sorted(finding.identifier for finding in findings))}"
    return [replace(finding, composite=name) for finding in findings]


def _short(*texts: str) -> str:
    return hashlib.sha256("|".join(texts).encode()).hexdigest()[:8]


def _algorithm(facts: ModelFacts) -> sr.Algorithm:
    parameters = () if facts.mass_threshold is None else (f"mass_threshold={facts.mass_threshold!r}",)
    return sr.Algorithm(facts.name, facts.version, facts.sha256, _MANUFACTURER, parameters)


def _side_and_view(row: Instance) -> tuple[str | None, str | None]:
    return row.laterality or None, row.view if row.view in VIEWS else None
