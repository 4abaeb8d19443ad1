"""The page about one uploaded picture."""

import subprocess
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_node.errors import ReportError
from dicom_node.overlay import png
from dicom_node.pdf_text import CATALOGUE, LANGUAGES
from dicom_node.pdf_upload import UploadResult, upload_report_pdf
from tests.dicom_node.sr.cases import CREATED_AT

RESULT = UploadResult("Malignant", 0.875, 0.8, "balanced", 0.375, "MammoCNN", "1.2.0", CREATED_AT, "L", "CC")


def _heat(rows: int = 300, columns: int = 200) -> NDArray[np.uint8]:
    picture = np.zeros((rows, columns, 3), np.uint8)
    picture[:, :, 0] = 200
    return picture


def _read(pdf: bytes, *command: str) -> str:
    done = subprocess.run(command, input=pdf, capture_output=True, timeout=240, check=True)
    return " ".join(done.stdout.decode().split())


@pytest.mark.peer("pdftotext")
def test_the_page_says_it_all_in_english() -> None:
    warned = replace(RESULT, warnings=("The picture has no header.", "The file was compressed with loss."))
    said = _read(upload_report_pdf(warned), "pdftotext", "-layout", "-enc", "UTF-8", "-", "-")
    for wanted in (
        *("RESEARCH USE ONLY, NOT FOR DIAGNOSIS", "Probability of malignancy 87.5 %: Malignant"),
        *("called malignant from 37.5 % on", "Confidence 80.0 %", "Side left", "View CC", "MammoCNN, version 1.2.0"),
        *("2024-01-02 11:30 (UTC+00:00)", "The picture has no header.", "The file was compressed with loss."),
        "does not rule out cancer",
    ):
        assert wanted in said
    assert "Patient" not in said
    assert "Warm colours" not in said


@pytest.mark.peer("pdftotext")
def test_the_page_says_it_all_in_french() -> None:
    benign = replace(RESULT, label="Benign", probability=0.125, laterality=None, view=None)
    said = _read(upload_report_pdf(benign, "fr"), "pdftotext", "-layout", "-enc", "UTF-8", "-", "-")
    for wanted in (
        *("RECHERCHE UNIQUEMENT, PAS POUR LE DIAGNOSTIC", "Probabilité de malignité 12,5 % : Bénin"),
        *("Confiance 80,0 %", "Côté inconnu", "Incidence inconnue", "n'exclut pas un cancer"),
    ):
        assert wanted in said


@pytest.mark.peer("pdfinfo")
@pytest.mark.peer("pdftoppm")
@pytest.mark.parametrize("shape", [(300, 200), (200, 2000), (4000, 300)], ids=str)
def test_the_heat_map_stands_on_the_one_page(shape: tuple[int, int]) -> None:
    sentences = tuple(f"Warning {number} says something that matters to the reader of it." for number in range(10))
    pdf = upload_report_pdf(replace(RESULT, heat_map_png=png(_heat(*shape)), warnings=sentences))
    assert "Pages: 1 " in _read(pdf, "pdfinfo", "-") + " "
    drawn = subprocess.run(["pdftoppm", "-r", "36", "-"], input=pdf, capture_output=True, timeout=240, check=True)
    header, pixels = drawn.stdout[:15].split(b"\n")[:3], drawn.stdout
    columns, rows = (int(number) for number in header[1].split())
    page = np.frombuffer(pixels[-rows * columns * 3 :], np.uint8).reshape(rows, columns, 3)
    red = (page[..., 0] > 150) & (page[..., 1] < 60) & (page[..., 2] < 60)
    high, wide = np.ptp(np.nonzero(red), axis=1)
    assert wide / high == pytest.approx(shape[1] / shape[0], rel=0.15)


@pytest.mark.parametrize("language", LANGUAGES)
def test_same_result_makes_the_same_bytes(language: str) -> None:
    result = replace(RESULT, heat_map_png=png(_heat()))
    first = upload_report_pdf(result, language)
    assert first == upload_report_pdf(result, language)
    assert b"(D:20240102113015+00'00')" in first
    assert first != upload_report_pdf(replace(result, created_at=datetime.fromisoformat("2024-01-03T00:00Z")), language)


def test_values_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ReportError, match="probability"):
        replace(RESULT, probability=1.5)
    with pytest.raises(ReportError, match="time zone"):
        replace(RESULT, created_at=datetime(2024, 1, 2))
    with pytest.raises(ReportError, match="no readable PNG"):
        upload_report_pdf(replace(RESULT, heat_map_png=b"\x89PNG and nothing"))
    with pytest.raises(ReportError, match="'de'"):
        upload_report_pdf(RESULT, "de")


@pytest.mark.peer("pdftotext")
def test_markup_in_a_warning_is_printed_and_not_obeyed() -> None:
    sly = replace(RESULT, warnings=("<b>5 < 6</b> & <img src='file:///etc/passwd'/>",))
    said = _read(upload_report_pdf(sly), "pdftotext", "-layout", "-enc", "UTF-8", "-", "-")
    assert "<b>5 < 6</b> & <img src='file:///etc/passwd'/>" in said
    assert CATALOGUE["en"]["warnings"] in said
