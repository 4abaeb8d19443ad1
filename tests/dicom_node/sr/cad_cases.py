"""What a Mammography CAD SR is built about: the cases of the measurement report, and those with marked places."""

from dataclasses import replace
from io import BytesIO

from pydicom import dcmread
from pydicom.dataset import Dataset

from dicom_node.sr.cad import build_cad_report
from dicom_node.sr.codes import Concept
from dicom_node.sr.document import to_part10
from dicom_node.sr.findings import Finding, Point
from dicom_node.sr.outcome import Outcome
from tests.dicom_node.sr.cases import UNREADABLE, Case, cases, content_of, four_views, left_out, rich_study, small

SPOT = Concept("399055006", "SCT", "Spot Compression")
LOW = (0.125, 0.03125, 0.0625, 0.015625)


def box(column: float, row: float, reach: float = 3) -> tuple[Point, ...]:
    """Return a closed square around a point."""
    corners = ((-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach), (-reach, -reach))
    return tuple((column + right, row + down) for right, down in corners)


def findings_of(views: list[Dataset]) -> tuple[Finding, ...]:
    """Mark a mass on both right views, and a faint one on the left CC view, where only its centre is known."""
    right_cc, left_cc, right_mlo = (str(view.SOPInstanceUID) for view in views[:3])
    return (
        Finding(right_cc, (10.5, 12.25), 0.875, 0.8125, "R1 CC", box(10, 12), composite="R1"),
        Finding(right_mlo, (9.5, 14), 0.75, 0.9, "R1 MLO", box(9, 14), composite="R1"),
        Finding(left_cc, (9.5, 12.125), 0.125, 0.625, "L1 CC"),
    )


def marked() -> Case:
    views = four_views()
    return Case("marked places", replace(content_of(views), findings=findings_of(list(views))), tuple(views))


def one_mark() -> Case:
    views = four_views()
    alone = replace(findings_of(list(views))[0], composite=None)
    return Case("one marked place", replace(content_of(views), findings=(alone,)), tuple(views))


def one_breast_marked() -> Case:
    """Mark one mass on both views of one breast: the smallest report that has every kind of item."""
    views = four_views()
    right = (views[0], views[2])
    content = content_of(right, probabilities=(0.875, 0.90625))
    return Case("one breast marked", replace(content, findings=findings_of(list(views))[:2]), right)


def partly() -> Case:
    """Mark places on some images, while others failed or were not eligible."""
    views = four_views()
    spot = small(laterality="L", view="CC", instance_number=9, modifiers=("SPOT",))
    missing = [left_out(views[3], UNREADABLE, attempted=True), left_out(spot, SPOT)]
    content = content_of(views[:3], missing, probabilities=(0.875, 0.03125, 0.90625))
    return Case("marked partly", replace(content, findings=findings_of(list(views))), (*views, spot))


def cases_with_places() -> list[Case]:
    return [marked(), one_mark(), partly()]


def cad_cases() -> list[Case]:
    """Return one case for each kind of Mammography CAD SR."""
    views = four_views()
    nothing = next(case for case in cases() if case.name == "none analysed")
    idle = [small(laterality="R", view="CC", instance_number=8, for_processing=True)]
    request = rich_study()
    udi = content_of(request, probabilities=LOW[:2])
    return [
        *cases(),
        *cases_with_places(),
        Case("no place found", replace(content_of(views, probabilities=LOW), detects=True), tuple(views)),
        Case("nothing suspicious", content_of(views, probabilities=LOW), tuple(views)),
        Case("detection failed", replace(nothing.content, detects=True), nothing.evidence),
        Case(
            "not attempted",
            content_of([], map(left_out, idle), (), str(idle[0].StudyInstanceUID)),
            tuple(idle),
        ),
        Case(
            "device identifier",
            replace(udi, algorithm=replace(udi.algorithm, udi="(01)00844588003288(17)141120(10)7654321D")),
            tuple(request),
        ),
    ]


# patient and study come the same way into both kinds of report: the measurement report is judged for each source
JUDGED_BEFORE = frozenset({"latin-1 source", "utf-8 source", "japanese source", "one breast"})

OUTCOMES = {
    "marked places": Outcome.SUCCEEDED_WITH_FINDINGS,
    "all analysed": Outcome.SUCCEEDED_WITH_FINDINGS,
    "no place found": Outcome.SUCCEEDED_WITHOUT_FINDINGS,
    "nothing suspicious": Outcome.SUCCEEDED_WITHOUT_FINDINGS,
    "marked partly": Outcome.PARTLY_SUCCEEDED,
    "part not analysed": Outcome.PARTLY_SUCCEEDED,
    "none analysed": Outcome.FAILED,
    "detection failed": Outcome.FAILED,
    "not attempted": Outcome.NOT_ATTEMPTED,
}


def read_again(case: Case) -> Dataset:
    """Build the Mammography CAD SR of a case, write it and read the file."""
    return dcmread(BytesIO(to_part10(build_cad_report(case.content, case.evidence))))
