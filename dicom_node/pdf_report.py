"""Content -> the report as one readable page, in an Encapsulated PDF that is filed in the study.

Patient's name and ID stand on the page as the images' header states them. They reach neither the information of the
PDF nor a log.

References
----------
DICOM PS3.3 A.45.1 (Encapsulated PDF IOD), C.24.1 (Encapsulated Document Series), C.24.2 (Encapsulated Document),
C.8.6.1 (SC Equipment).
"""

from collections.abc import Iterable, Mapping, Sequence

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import EncapsulatedPDFStorage
from reportlab.platypus import Flowable

from dicom_node.companions import CompanionKind, companion_instance_uid, identify, instance_number, local_time
from dicom_node.errors import ReportError
from dicom_node.pdf_page import Room, gap, heading, one_page, pairs, paragraph, printable, table
from dicom_node.pdf_text import LANGUAGES, moment, percent, reason, words
from dicom_node.sr import codes
from dicom_node.sr.content import BreastResult, ImageResult, NotAnalysedImage, ReportContent, StudyResult
from dicom_node.sr.headers import patient_key, study_attributes
from dicom_node.sr.identity import code_item

SERIES_DESCRIPTION = "AI report, research use only"


def build_pdf_report(content: ReportContent, headers: Sequence[Dataset], language: str = "en") -> Dataset:
    """Build the page about one round of a study.

    Parameters
    ----------
    content : ReportContent
        What the report says.
    headers : sequence of Dataset
        Of all images of the study, in any order and any character set: those `content` has results for, and those
        it gives a reason for. Patient and study are repeated from them.
    language : str
        One of `dicom_node.pdf_text.LANGUAGES`.

    Returns
    -------
    Dataset
        Encapsulated PDF with file meta information, explicit VR little endian, UTF-8. The same content and headers
        give the same bytes; each language is an object of its own.

    Raises
    ------
    ReportError
        If the language is unknown, an image of `content` is not in `headers` or the other way round, or the headers
        belong to another study or to several patients.
    """
    says = words(language)
    images = list(_match(content, headers).values())
    study, created = study_attributes(images[0]), local_time(content, images[0])
    page = one_page(
        lambda room: _story(content, study, moment(created), language, room),
        banner=says["banner"],
        title=says["title"],
        author=content.algorithm.name,
        created=created,
        language=language,
    )
    return _object(content, images, language, page)


def _match(content: ReportContent, headers: Sequence[Dataset]) -> dict[str, Dataset]:
    """Return the headers by SOP Instance UID, in reading order, when they are exactly the images of `content`."""
    given = {str(header.SOPInstanceUID): header for header in headers}
    wanted = [image.sop_instance_uid for image in content.all_images]
    for uid in sorted(given.keys() ^ set(wanted)):
        raise ReportError(f"Image {uid} is not both in the report and among the images of the study.")
    for uid, header in given.items():
        if header.StudyInstanceUID != content.study_instance_uid:
            raise ReportError(f"Image {uid} does not belong to study {content.study_instance_uid}.")
    if len({patient_key(header)[0] for header in headers} - {""}) > 1:
        raise ReportError(f"The images of study {content.study_instance_uid} name more than one Patient ID.")
    return {uid: given[uid] for uid in wanted}


def _story(content: ReportContent, study: Dataset, created: str, language: str, room: Room) -> list[Flowable]:
    says, size = words(language), room.size
    story: list[Flowable] = [heading(says["title"], size * 1.2), *_patient(study, content, says, size)]
    story += [heading(says["results"], size), *_results(content, language, room)]
    if content.not_analysed:
        story += [heading(says["not_analysed"], size), *_not_analysed(content, language, room)]
    story += [heading(says["model"], size), *_model(content, created, says, room)]
    return [*story, gap(size), paragraph(says["advice"], size)]


def _patient(study: Dataset, content: ReportContent, says: Mapping[str, str], size: float) -> list[Flowable]:
    stated = {
        "patient": study.PatientName.family_comma_given() if study.PatientName else "",
        "patient_id": str(study.PatientID),
        "birth_date": _date(study.PatientBirthDate),
        "study_date": _date(study.StudyDate),
        "accession": str(study.AccessionNumber),
    }
    lines = [(says[name], _shown(value, says)) for name, value in stated.items()]
    return [pairs([*lines, (says["study_uid"], content.study_instance_uid)], size)]


def _shown(value: str, says: Mapping[str, str]) -> str:
    """Return a value as it is, or say why it is not there; a name is never spelt otherwise."""
    if not value:
        return says["not_stated"]
    return value if printable(value) else says["unprintable"]


def _date(value: object) -> str:
    text = str(value or "")
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 and text.isdigit() else text


def _results(content: ReportContent, language: str, room: Room) -> list[Flowable]:
    says, point, size = words(language), content.operating_point, room.size
    analysed, total = len(content.images), len(content.all_images)
    extent = "none_analysed" if not analysed else "part_analysed" if analysed < total else "all_analysed"
    counted = paragraph(says[extent].format(analysed=analysed, total=total), size, bold=analysed < total)
    if content.study is None:
        return [counted]
    chance, label = _scored(content, content.study, language)
    line = says["study_line"].format(probability=chance, label=label)
    at = says["point"].format(name=point.name, threshold=percent(point.threshold, language))
    story: list[Flowable] = [
        paragraph(f"{says['study']}, {says['probability'].lower()} {line}", size * 1.25, bold=True, after=size * 0.3),
        *(paragraph(at, size), counted),
    ]
    columns = (says["probability"], says["class"])
    if content.breasts:
        rows = [(says[breast.laterality], *_scored(content, breast, language)) for breast in content.breasts]
        story += [gap(size * 0.8), table((says["breast"], *columns), rows, (0.3, 0.4, 0.3), size)]
    named = [(*_named(image, says), *_scored(content, image, language)) for image in content.images[: room.rows]]
    story += [gap(size * 0.8), table((says["side"], says["view"], *columns), named, (0.15, 0.15, 0.4, 0.3), size)]
    return [*story, *_uncounted(analysed, says, room)]


def _scored(content: ReportContent, result: ImageResult | BreastResult | StudyResult, language: str) -> tuple[str, str]:
    chance = percent(result.probability, language, beside=content.operating_point.threshold)
    return chance, words(language)[result.label.value]


def _named(image: ImageResult | NotAnalysedImage, says: Mapping[str, str]) -> tuple[str, str]:
    return says[image.laterality or "unknown"], image.view or says["unknown_view"]


def _not_analysed(content: ReportContent, language: str, room: Room) -> list[Flowable]:
    says = words(language)
    rows = [
        (*_named(image, says), _cut(reason(image, language), says, room.letters))
        for image in content.not_analysed[: room.rows]
    ]
    header = (says["side"], says["view"], says["reason"])
    return [table(header, rows, (0.15, 0.15, 0.7), room.size), *_uncounted(len(content.not_analysed), says, room)]


def _cut(text: str, says: Mapping[str, str], letters: int) -> str:
    return text if len(text) <= letters else text[:letters].rstrip() + says["cut"]


def _uncounted(count: int, says: Mapping[str, str], room: Room) -> Iterable[Flowable]:
    if count > room.rows:
        yield paragraph(says["more_images"].format(count=count - room.rows), room.size, bold=True)


def _model(content: ReportContent, created: str, says: Mapping[str, str], room: Room) -> list[Flowable]:
    algorithm = content.algorithm
    who = {"name": algorithm.name, "version": algorithm.version, "manufacturer": algorithm.manufacturer}
    lines = [(says["model"], says["model_line"].format(**who)), (says["sha256"], algorithm.sha256)]
    if algorithm.parameters:
        lines.append((says["parameters"], _cut(", ".join(algorithm.parameters), says, room.letters)))
    lines.append((says["created"], created))
    story: list[Flowable] = [pairs(lines, room.size)]
    if content.round_number > 1:
        story.append(paragraph(says["round"].format(number=content.round_number), room.size))
    return story


def _object(content: ReportContent, images: Sequence[Dataset], language: str, page: bytes) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID = EncapsulatedPDFStorage
    ds.SOPInstanceUID = companion_instance_uid(content, CompanionKind.PDF, language)
    identify(ds, content, images[0], CompanionKind.PDF)
    ds.Modality, ds.ConversionType, ds.BurnedInAnnotation = "DOC", "WSD", "YES"
    ds.SeriesDescription = SERIES_DESCRIPTION
    ds.InstanceNumber = instance_number(content, LANGUAGES.index(language) + 1)
    ds.AcquisitionDateTime = ""
    ds.DocumentTitle = words(language)["title"]
    ds.ConceptNameCodeSequence = DicomSequence([code_item(codes.IMAGING_MEASUREMENT_REPORT)])
    ds.VerificationFlag = "UNVERIFIED"
    ds.SourceInstanceSequence = DicomSequence(map(_reference, images))
    ds.MIMETypeOfEncapsulatedDocument = "application/pdf"
    ds.EncapsulatedDocumentLength = len(page)
    ds.EncapsulatedDocument = page + b"\0" * (len(page) % 2)
    return ds


def _reference(header: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
    return item
