"""Studies and what is reported about them: one case for each kind of report the node can write."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO

from pydicom import dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.tag import Tag
from pydicom.uid import Comprehensive3DSRStorage

from dicom_node.sr.codes import PRIVATE_SCHEME, Concept
from dicom_node.sr.content import (
    Algorithm,
    BreastResult,
    ImageResult,
    NotAnalysedImage,
    OperatingPoint,
    Predecessor,
    ReportContent,
    StudyResult,
)
from dicom_node.sr.identity import ReportKind, report_instance_uid, report_series_uid
from tests.synthetic import make_mg, make_secondary_capture, make_study
from tests.synthetic_headers import code

CREATED_AT = datetime(2024, 1, 2, 11, 30, 15, 250000, tzinfo=UTC)
ALGORITHM = Algorithm("MammoCNN", "1.2.0", "0123456789abcdef" * 4, "Mammonode project", ("input=1152x896",))
OPERATING_POINT = OperatingPoint("balanced", 0.375)
IMPLANT = Concept("IMPLANT", PRIVATE_SCHEME, "Breast implant present")
UNREADABLE = Concept("UNREADABLE", PRIVATE_SCHEME, "Pixels unreadable")
PROBABILITIES = (0.875, 0.03125, 0.90625, 0.015625)

LATIN_1_NAME = "Müller^Zoë"
UTF_8_NAME = "Łuczak^Ağça"
JAPANESE_NAME = "Yamada^Tarou=山田^太郎=やまだ^たろう"


@dataclass(frozen=True)
class Case:
    """One report: what it says, and the headers of all images of its study."""

    name: str
    content: ReportContent
    evidence: tuple[Dataset, ...]


def small(**options: object) -> FileDataset:
    """Make one small mammogram; `options` go to `make_mg`."""
    return make_mg(**{"rows": 32, "columns": 24, "study": 5, **options})  # type: ignore[arg-type]


def four_views() -> list[FileDataset]:
    """Make RCC, LCC, RMLO and LMLO of study 5."""
    return make_study(seed=5, rows=32, columns=24)


def content_of(
    analysed: Sequence[Dataset],
    left_out: Iterable[NotAnalysedImage] = (),
    probabilities: Sequence[float] = PROBABILITIES,
    study_instance_uid: str | None = None,
) -> ReportContent:
    """Report `probabilities` for `analysed`; a breast has its highest one, the study the highest of all."""
    point = OPERATING_POINT
    images = tuple(
        ImageResult(str(ds.SOPInstanceUID), ds.get("ImageLaterality"), ds.get("ViewPosition"), p, point.classify(p))
        for ds, p in zip(analysed, probabilities, strict=True)
    )
    sides = sorted({image.laterality for image in images if image.laterality})
    highest = {side: max(image.probability for image in images if image.laterality == side) for side in sides}
    top = max((image.probability for image in images), default=None)
    return ReportContent(
        study_instance_uid=study_instance_uid or str(analysed[0].StudyInstanceUID),
        round_number=1,
        created_at=CREATED_AT,
        algorithm=ALGORITHM,
        operating_point=point,
        images=images,
        breasts=tuple(BreastResult(side, p, point.classify(p)) for side, p in highest.items()),
        study=None if top is None else StudyResult(top, point.classify(top)),
        not_analysed=tuple(left_out),
    )


def left_out(header: Dataset, reason: Concept = IMPLANT, *, attempted: bool = False) -> NotAnalysedImage:
    return NotAnalysedImage(
        sop_instance_uid=str(header.SOPInstanceUID),
        laterality=header.get("ImageLaterality"),
        view=header.get("ViewPosition"),
        reason=reason,
        explanation=f"Not analysed: {reason.meaning}.",
        attempted=attempted,
    )


def predecessor_of(content: ReportContent) -> Predecessor:
    """Name the report about `content`, as the report of the next round does."""
    return Predecessor(
        study_instance_uid=content.study_instance_uid,
        series_instance_uid=str(
            report_series_uid(content.study_instance_uid, content.algorithm, ReportKind.MEASUREMENT)
        ),
        sop_class_uid=str(Comprehensive3DSRStorage),
        sop_instance_uid=str(report_instance_uid(content, ReportKind.MEASUREMENT)),
    )


def as_read(header: FileDataset) -> Dataset:
    """Write a header and read it again: raw values in the source's own character set, as the archive has them."""
    with BytesIO() as file:
        header.save_as(file, enforce_file_format=True)
        file.seek(0)
        return dcmread(file, stop_before_pixels=True)


def in_character_set(specific_character_set: str | list[str], patient_name: str) -> list[Dataset]:
    """Make a study of one image whose header is encoded in `specific_character_set`."""
    header = small(patient_name=patient_name)
    header.SpecificCharacterSet = specific_character_set
    return [as_read(header)]


def request(identifier: str) -> Dataset:
    item = Dataset()
    item.RequestedProcedureID = identifier
    item.RequestedProcedureDescription = "Mammographie, beidseits"
    item.RequestedProcedureCodeSequence = DicomSequence([code("71651007", "Mammography")])
    item.ScheduledProcedureStepID = f"{identifier}-1"
    return item


def rich_study() -> list[FileDataset]:
    """Make a study whose headers say all they can about patient, study, request and trial."""
    headers = four_views()[:2]
    for header in headers:
        header.IssuerOfPatientID = "HOSPITAL"
        other = Dataset()
        other.PatientID, other.TypeOfPatientID, other.IssuerOfPatientID = "NAT-77", "TEXT", "NATION"
        header.OtherPatientIDsSequence = DicomSequence([other])
        header.PatientSize, header.PatientWeight = "1.68", "64"
        header.PatientComments = "Two lines\r\nof comment"
        header.ProcedureCodeSequence = DicomSequence([code("71651007", "Mammography")])
        header.ReferringPhysicianName = "Ärztin^Rosa"
        header.NameOfPhysiciansReadingStudy = ["Reader^One", "Reader^Two"]
        header.AdmittingDiagnosesDescription = "Knoten links"
        header.TimezoneOffsetFromUTC = "+0100"
        header.RequestAttributesSequence = DicomSequence([request("RP1")])
        header.ClinicalTrialSponsorName = "Sponsor"
        header.ClinicalTrialProtocolID = "P-1"
        header.ClinicalTrialSubjectID = "S-1"
    return headers


# what arrives in the wild; none of it may reach a report
MESS: Mapping[str, bytes] = {
    "PatientID": b"X" * 70,
    "PatientName": b"A" * 66,
    "PatientBirthDate": b"1970-01-01",
    "PatientSex": b"Female",
    "PatientAge": b"54",
    "StudyDate": b"20240230",
    "StudyTime": b"9:15",
    "StudyID": b"a far too long study ID ",
    "AccessionNumber": b"N" * 18,
    "StudyDescription": b"two\\values",
    "ReferringPhysicianName": b"a^b^c^d^e^f ",
    "PatientWeight": b"heavy ",
    "ImagerPixelSpacing": b"0.1\\wide",
    "PatientOrientation": b"?\\L ",
    "PatientComments": b"bell \x07",
}


def spoil(header: Dataset, keyword: str, value: bytes) -> None:
    """Put bytes into a header as a file would bring them, unchecked."""
    tag = Tag(keyword)
    header[tag] = RawDataElement(tag, dictionary_VR(tag), len(value), value, 0, False, True)


def messy_study() -> list[Dataset]:
    """Make a study whose first header is wrong wherever it can be, and whose second lacks the same attributes."""
    wrong, empty = four_views()[:2]
    for keyword, value in MESS.items():
        spoil(wrong, keyword, value)
        empty.pop(keyword, None)
    return [wrong, empty]


def cases() -> list[Case]:
    """Return one case for each kind of report."""
    views = four_views()
    implant = small(laterality="L", view="ML", instance_number=7, implant=True)
    film = make_secondary_capture(seed=5, rows=32, columns=24)
    raw = small(laterality="R", view="CC", instance_number=8, for_processing=True)
    first = content_of(views)
    again = content_of(views[:1], [left_out(implant)], PROBABILITIES[:1])
    second = replace(again, round_number=2, predecessor=predecessor_of(first))
    nothing = content_of(
        [],
        [left_out(implant), left_out(film, UNREADABLE, attempted=True), left_out(raw)],
        probabilities=(),
        study_instance_uid=str(implant.StudyInstanceUID),
    )
    right_only = [views[0], views[2]]
    return [
        Case("all analysed", first, tuple(views)),
        Case("part not analysed", content_of(views, [left_out(implant)]), (*views, implant)),
        Case("second round", second, (views[0], implant)),
        Case("none analysed", nothing, (implant, film, raw)),
        Case("one breast", content_of(right_only, probabilities=(0.25, 0.125)), tuple(right_only)),
        *_cases_of_other_sources(),
    ]


def _cases_of_other_sources() -> list[Case]:
    named: dict[str, Sequence[Dataset]] = {
        "latin-1 source": in_character_set("ISO_IR 100", LATIN_1_NAME),
        "utf-8 source": in_character_set("ISO_IR 192", UTF_8_NAME),
        "japanese source": in_character_set(["", "ISO 2022 IR 87"], JAPANESE_NAME),
        "rich source": rich_study(),
        "messy source": messy_study(),
    }
    return [
        Case(name, content_of(headers, probabilities=PROBABILITIES[: len(headers)]), tuple(headers))
        for name, headers in named.items()
    ]
