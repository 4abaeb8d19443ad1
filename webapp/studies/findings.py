"""What one round found, in plain values: for channels that send values rather than DICOM objects."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from pydicom import Dataset

from dicom_node.errors import DicomNodeError
from webapp.studies.errors import StageError
from webapp.studies.headers import read_header
from webapp.studies.intake import header_text
from webapp.studies.models import ImageResult, Instance, Prediction, Report, Round

RESEARCH_USE = "RESEARCH USE ONLY. NOT FOR DIAGNOSIS. A person must read the images."


@dataclass(frozen=True)
class Patient:
    """Who the study is of, as the images say; empty where they do not."""

    patient_id: str
    family_name: str
    given_name: str
    birth_date: str
    sex: str


@dataclass(frozen=True)
class Model:
    """Who scored, and from which probability on it says Malignant."""

    name: str
    version: str
    sha256: str
    operating_point: str
    threshold: float


@dataclass(frozen=True)
class ImageFinding:
    """One image: a probability (0..1) and a label, or the reason why there is none."""

    sop_instance_uid: str
    sop_class_uid: str
    series_instance_uid: str
    laterality: str
    view: str
    probability: float | None
    label: str
    reason: str


@dataclass(frozen=True)
class BreastFinding:
    """One breast; `laterality` is L or R."""

    laterality: str
    probability: float
    label: str


@dataclass(frozen=True)
class Findings:
    """One round; `probability` is None and `label` empty where no image could be analysed."""

    study_instance_uid: str
    round_number: int
    analysed_at: datetime
    accession_number: str
    patient: Patient
    model: Model
    probability: float | None
    label: str
    breasts: tuple[BreastFinding, ...]
    images: tuple[ImageFinding, ...]
    report_uids: tuple[str, ...]

    @property
    def key(self) -> str:
        """A name that this round has at every try, and no other round has."""
        return f"{self.study_instance_uid}/{self.round_number}"

    @property
    def conclusion(self) -> str:
        """The result in sentences, with what it must not be used for."""
        if self.probability is None:
            found = f"None of {len(self.images)} images could be analysed. This says nothing about the breasts."
        else:
            scored = sum(image.probability is not None for image in self.images)
            found = (
                f"{scored} of {len(self.images)} images analysed. Highest probability of cancer "
                f"{self.probability:.1%}, threshold {self.model.threshold:.1%}: {self.label}."
            )
        replaced = "" if self.round_number == 1 else " It replaces the earlier results of this study."
        return f"{RESEARCH_USE} {found}{replaced}"


def gather(round_: Round) -> Findings:
    """Collect what a round found.

    Raises
    ------
    StageError
        If the round has no prediction, or no stored image can be read.
    """
    prediction = Prediction.objects.filter(round=round_).first()
    results = list(ImageResult.objects.filter(round=round_).select_related("instance"))
    if prediction is None or not results:
        raise StageError("send", "the round has no result that could be sent.")
    study = round_.study
    return Findings(
        study_instance_uid=study.study_instance_uid,
        round_number=round_.number,
        analysed_at=round_.analysed_at or round_.completed_at,
        accession_number=study.accession_number,
        patient=_patient(results[0].instance),
        model=Model(
            prediction.model_name,
            prediction.model_version,
            prediction.model_sha256,
            prediction.operating_point,
            prediction.threshold,
        ),
        probability=prediction.probability,
        label=prediction.label,
        breasts=tuple(
            BreastFinding(breast["laterality"], breast["probability"], breast["prediction"])
            for breast in prediction.breasts
        ),
        images=tuple(map(_image, results)),
        report_uids=tuple(
            Report.objects.filter(round=round_, source=None)
            .order_by("sop_instance_uid")
            .values_list("sop_instance_uid", flat=True)
        ),
    )


def _image(result: ImageResult) -> ImageFinding:
    row = result.instance
    return ImageFinding(
        row.sop_instance_uid,
        row.sop_class_uid,
        row.series_instance_uid,
        row.laterality,
        row.view,
        result.probability,
        result.label,
        result.reason or result.not_analysed,
    )


def _patient(instance: Instance) -> Patient:
    header = _header(settings.NODE_ARCHIVE_DIR / instance.path)
    # PS3.5 6.2.1.2: component groups by "=", the first one alphabetic; components by "^"
    family, _, rest = header_text(header, "PatientName", 324).partition("=")[0].partition("^")
    birth_date = header_text(header, "PatientBirthDate", 8)
    return Patient(
        patient_id=header_text(header, "PatientID", 64),
        family_name=family.strip(),
        given_name=rest.partition("^")[0].strip(),
        birth_date=birth_date if len(birth_date) == 8 and birth_date.isdigit() else "",
        sex=header_text(header, "PatientSex", 1).upper(),
    )


def _header(path: Path) -> Dataset:
    try:
        return read_header(path)
    except (OSError, DicomNodeError) as error:
        raise StageError("send", f"the stored file {path.name} cannot be read: {error}") from error
