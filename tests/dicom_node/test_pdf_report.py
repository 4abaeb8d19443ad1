"""The report as one page in PDF: what independent programs read on it, and what they say of the object."""

import logging
import string
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from dicom_node.eligibility import NotAnalysed
from dicom_node.errors import ReportError
from dicom_node.pdf_page import printable
from dicom_node.pdf_report import build_pdf_report
from dicom_node.pdf_text import CATALOGUE, FRENCH_REASONS, LANGUAGES, percent, reason
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import NotAnalysedImage, ReportContent
from tests.dicom_node.sr.cases import JAPANESE_NAME, Case, as_read, cases, content_of, four_views, left_out, small
from tests.dicom_node.validators import check_attributes

CASES = cases()
HIDDEN = "not printable here"


def _pdf(report: Dataset) -> bytes:
    return bytes(report.EncapsulatedDocument[: report.EncapsulatedDocumentLength])


def _read(program: str, pdf: bytes, *options: str) -> str:
    command = [program, *options, "-", *(["-"] if program == "pdftotext" else [])]
    done = subprocess.run(command, input=pdf, capture_output=True, timeout=240, check=True)
    assert done.stderr == b""
    return " ".join(done.stdout.decode().split())


def _text(content: ReportContent, headers: Sequence[Dataset], language: str = "en") -> str:
    return _read("pdftotext", _pdf(build_pdf_report(content, headers, language)), "-layout", "-enc", "UTF-8")


@pytest.mark.peer("dciodvfy")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_object_is_valid(case: Case, tmp_path: Path) -> None:
    report = build_pdf_report(case.content, case.evidence, LANGUAGES[len(case.name) % 2])
    report.save_as(tmp_path / "page.dcm", enforce_file_format=True)
    assert check_attributes(tmp_path / "page.dcm") == ()
    read = dcmread(tmp_path / "page.dcm")
    assert (read.MIMETypeOfEncapsulatedDocument, read.BurnedInAnnotation) == ("application/pdf", "YES")
    assert _pdf(read).startswith(b"%PDF-")
    assert _pdf(read).rstrip().endswith(b"%%EOF")
    assert read.PatientID == case.evidence[0].get("PatientID", "") or case.name == "messy source"
    assert read.ContributingEquipmentSequence[0].DeviceSerialNumber == case.content.algorithm.sha256
    sources = [item.ReferencedSOPInstanceUID for item in read.SourceInstanceSequence]
    assert sorted(sources) == sorted(str(header.SOPInstanceUID) for header in case.evidence)


@pytest.mark.peer("pdftotext")
def test_the_page_says_it_all_in_english() -> None:
    views = four_views()
    implant = small(laterality="L", view="ML", instance_number=7, implant=True)
    said = _text(content_of(views, [left_out(implant)]), [*views, implant])
    for wanted in (
        *("RESEARCH USE ONLY, NOT FOR DIAGNOSIS", "Phantom, Ünïcode Łøß", "PHANTOM-5"),
        *("Study, probability of malignancy 90.6 %: Malignant", "called malignant from 37.5 % on", "balanced"),
        *("right 90.6 % Malignant", "left 3.1 % Benign"),
        *("right CC 87.5 % Malignant", "left CC 3.1 % Benign", "right MLO 90.6 % Malignant", "left MLO 1.6 % Benign"),
        *("Images analysed: 4 of 5. The others got no score", "left ML Not analysed: Breast implant present."),
        *("MammoCNN, version 1.2.0, Mammonode project", "0123456789abcdef" * 4, "2024-01-02 11:30 (UTC+00:00)"),
        "does not rule out cancer",
    ):
        assert wanted in said
    assert said.startswith("RESEARCH USE ONLY")


@pytest.mark.peer("pdftotext")
def test_the_page_says_it_all_in_french() -> None:
    views = four_views()
    small_one = small(laterality="L", view="ML", instance_number=7)
    too_small = NotAnalysed.TOO_SMALL
    missing = replace(left_out(small_one, Concept(*too_small.concept)), explanation=too_small.sentence)
    said = _text(content_of(views, [missing]), [*views, small_one], "fr")
    for wanted in (
        *("RECHERCHE UNIQUEMENT, PAS POUR LE DIAGNOSTIC", "Phantom, Ünïcode Łøß", "PHANTOM-5"),
        *("Examen, probabilité de malignité 90,6 % : Malin", "classé malin à partir de 37,5 %"),
        *("droit 90,6 % Malin", "gauche 3,1 % Bénin", "droit MLO 90,6 % Malin"),
        *("Images analysées : 4 sur 5. Les autres", "L'image est trop petite pour montrer un sein entier."),
        *("0123456789abcdef" * 4, "n'exclut pas un cancer"),
    ):
        assert wanted in said
    assert "breast" not in said


@pytest.mark.peer("pdftotext")
def test_a_study_without_a_result_is_never_called_benign() -> None:
    case = next(case for case in CASES if case.name == "none analysed")
    said = _text(case.content, case.evidence)
    assert "Images analysed: 0 of 3. This page says nothing about the breasts." in said
    assert "Benign" not in said
    assert "probability of malignancy" not in said.lower()


@pytest.mark.peer("pdfinfo")
@pytest.mark.peer("pdftotext")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [12, 80])
def test_everything_fits_on_one_page_or_says_where_the_rest_is(count: int, language: str) -> None:
    long = " ".join(f"reason{number}" for number in range(120))[:1024].strip()
    views = four_views()
    others = [small(laterality="R", view="CC", instance_number=10 + number) for number in range(count)]
    missing = [replace(left_out(header), explanation=long) for header in others]
    pdf = _pdf(build_pdf_report(content_of(views, missing), [*views, *others], language))
    assert "Pages: 1 " in _read("pdfinfo", pdf) + " "
    said = _read("pdftotext", pdf, "-layout", "-enc", "UTF-8")
    assert CATALOGUE[language]["banner"] in said
    assert CATALOGUE[language]["cut"].strip() in said
    more = {CATALOGUE[language]["more_images"].format(count=count - shown) in said for shown in range(count)}
    assert (True in more) == (count == 80)


@pytest.mark.peer("pdfinfo")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_largest_study_still_gets_its_page(language: str) -> None:
    seen = [small(laterality="R", view="CC", instance_number=number) for number in range(1, 101)]
    unseen = [small(laterality="L", view="MLO", instance_number=number) for number in range(101, 201)]
    long = "W" * 1024
    content = content_of(seen, [replace(left_out(header), explanation=long) for header in unseen], [0.25] * 100)
    algorithm = replace(
        content.algorithm, name="W" * 64, version="W" * 64, manufacturer="W" * 64, parameters=(long,) * 5
    )
    for header in (*seen, *unseen):
        header.PatientName, header.PatientID = "^".join(["W" * 31] * 2), "W" * 64
    pdf = _pdf(build_pdf_report(replace(content, algorithm=algorithm, round_number=3), [*seen, *unseen], language))
    assert "Pages: 1 " in _read("pdfinfo", pdf) + " "


def test_same_content_makes_the_same_bytes_and_each_language_an_object_of_its_own() -> None:
    case = CASES[1]
    english, again = (build_pdf_report(case.content, case.evidence) for _ in range(2))
    assert english == again
    french = build_pdf_report(case.content, tuple(reversed(case.evidence)), "fr")
    assert french.SeriesInstanceUID == english.SeriesInstanceUID
    assert french.SOPInstanceUID != english.SOPInstanceUID
    assert french.InstanceNumber != english.InstanceNumber
    later = build_pdf_report(replace(case.content, round_number=2), case.evidence)
    assert later.SOPInstanceUID != english.SOPInstanceUID
    assert later.InstanceNumber not in {english.InstanceNumber, french.InstanceNumber}


def test_the_patient_stands_on_the_page_but_in_no_log_and_no_document_information(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    case = CASES[0]
    pdf = _pdf(build_pdf_report(case.content, case.evidence))
    assert "Phantom" not in caplog.text
    assert "PHANTOM-5" not in caplog.text
    assert b"/Author (MammoCNN)" in pdf  # the document information stands in clear, the page is compressed
    assert b"phantom" not in pdf.lower()
    assert b"Helvetica" not in pdf  # all fonts are in the file


@pytest.mark.peer("pdftotext")
def test_a_name_the_font_cannot_print_is_not_spelt_otherwise() -> None:
    view = small(patient_name=JAPANESE_NAME.split("=")[1])
    view.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    said = _text(content_of([view], probabilities=[0.25]), [as_read(view)])
    assert HIDDEN in said
    assert "??" not in said


@pytest.mark.peer("pdftotext")
def test_the_time_is_that_of_the_images() -> None:
    view = small()
    view.TimezoneOffsetFromUTC = "+0530"
    report = build_pdf_report(content_of([view], probabilities=[0.25]), [view])
    assert "2024-01-02 17:00 (UTC+05:30)" in _read("pdftotext", _pdf(report), "-layout")
    assert (report.ContentTime, report.TimezoneOffsetFromUTC) == ("170015", "+0530")


def test_headers_that_do_not_belong_to_the_content_are_refused() -> None:
    views = four_views()
    content = content_of(views)
    with pytest.raises(ReportError, match="not both"):
        build_pdf_report(content, views[1:])
    with pytest.raises(ReportError, match="not both"):
        build_pdf_report(content, [*views, small(view="ML")])
    with pytest.raises(ReportError, match="'de'"):
        build_pdf_report(content, views, "de")
    views[0].PatientID = "ANOTHER"
    with pytest.raises(ReportError, match="more than one Patient ID"):
        build_pdf_report(content, views)


def test_every_language_has_every_sentence_and_the_font_every_letter() -> None:
    fields = {
        language: {key: {name for _, name, _, _ in string.Formatter().parse(text)} for key, text in said.items()}
        for language, said in CATALOGUE.items()
    }
    assert fields["fr"] == fields["en"]
    sentences = [*FRENCH_REASONS.values(), *(text for said in CATALOGUE.values() for text in said.values())]
    assert [text for text in sentences if not printable(text)] == []


def test_every_reason_has_its_french_sentence() -> None:
    assert set(FRENCH_REASONS) == set(NotAnalysed)
    unknown = NotAnalysedImage("1.2.3", "L", "CC", Concept("NEW", "99OTHER", "New"), "Something new.")
    assert reason(unknown, "fr") == "Something new."


@pytest.mark.parametrize(
    ("value", "beside", "wanted"),
    [
        (0.5, None, "50.0"),
        (0.3749, 0.375, "37.49"),
        (0.375, 0.375, "37.5"),
        (0.3749999, 0.375, "37.5000"),
        (0, 1, "0.0"),
    ],
)
def test_a_probability_is_told_from_the_threshold(value: float, beside: float | None, wanted: str) -> None:
    assert percent(value, "en", beside) == f"{wanted}\N{NO-BREAK SPACE}%"
    assert percent(value, "fr", beside) == f"{wanted.replace('.', ',')}\N{NO-BREAK SPACE}%"
