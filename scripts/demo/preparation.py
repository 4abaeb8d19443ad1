"""Makes the demo's studies ready to push: films as a modality writes them, films as they are, the phantom."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset

from scripts.demo import phantom
from scripts.demo.films import Film, FilmPatient
from scripts.demo.modality import Examination, Exposure, Machine, make_image, write
from scripts.demo.pixel_statistics import measure
from scripts.demo.studies import Chapter, Picture, Study

# DDSM's scanners sampled at 0.042 to 0.05 mm (Heath et al. 2001); which one made these is not recorded.
_SCANNER = Machine("Mammonode demo", "Film digitiser", "FILM", "LOG", ("DERIVED", "PRIMARY"), 0.05)


def prepare(patients: Iterable[FilmPatient], folder: Path) -> tuple[Chapter, ...]:
    """Return all there is to push; what the modality writes goes to `folder`."""
    patients = tuple(patients)
    phantom_study = write_phantom(folder)
    if not patients:
        return (Chapter("One drawn phantom, MG For Presentation", (phantom_study,)),)
    modality = tuple(write_films(patient, folder) for patient in patients)
    return (
        Chapter("Real films, written as a modality writes them: MG For Presentation", modality),
        Chapter("One drawn phantom, MG For Presentation", (phantom_study,)),
        Chapter(
            "The same films as published: Secondary Capture, each image a study and a patient of its own",
            tuple(as_published(patient, film) for patient in patients for film in patient.films),
        ),
    )


def write_films(patient: FilmPatient, folder: Path) -> Study:
    """Write the patient's films as one study and return it."""
    originals = [dcmread(film.path) for film in patient.films]
    examination = Examination(
        patient_id=f"DEMO-{patient.patient_id}",
        patient_name=f"Film^{patient.patient_id}",
        study_date=str(originals[0].StudyDate),
        study_time=str(originals[0].StudyTime),
        description="Mammography, film, four views",
        machine=_SCANNER,
    )
    pictures = tuple(
        _write(examination, expose(number, film, original), folder, film.pathology)
        for number, (film, original) in enumerate(zip(patient.films, originals, strict=True), start=1)
    )
    slug = f"film-{patient.patient_id}".lower().replace("_", "")
    return Study(patient.patient_id, slug, examination.uid("study"), pictures)


def expose(number: int, film: Film, original: Dataset) -> Exposure:
    """Return what the modality knows of one film; its encoded pixels are the film's own."""
    return Exposure(
        number=number,
        laterality=film.laterality,
        view=film.view,
        rows=original.Rows,
        columns=original.Columns,
        bits_stored=original.BitsStored,
        encoded=original.PixelData,
        transfer_syntax_uid=original.file_meta.TransferSyntaxUID,
        statistics=measure(original.pixel_array),
        comments="CBIS-DDSM, CC BY 3.0. Pixel spacing is nominal.",
    )


def write_phantom(folder: Path) -> Study:
    """Write the phantom's four views as one study and return it."""
    examination = phantom.EXAMINATION
    pictures = tuple(_write(examination, exposure, folder, "") for exposure in phantom.draw_exposures())
    return Study("phantom", "phantom", examination.uid("study"), pictures)


def as_published(patient: FilmPatient, film: Film) -> Study:
    """Return the untouched file as the study it says it is."""
    picture = describe(film.path, film.pathology)
    header = dcmread(film.path, stop_before_pixels=True, specific_tags=["StudyInstanceUID"])
    label = f"{patient.patient_id} {film.path.stem}"
    return Study(label, f"published-{film.path.stem}", str(header.StudyInstanceUID), (picture,))


def describe(path: Path, pathology: str = "") -> Picture:
    """Return what an association must know of a Part 10 file."""
    header = dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID", "SOPInstanceUID"])
    return Picture(
        path=path,
        sop_class_uid=str(header.SOPClassUID),
        sop_instance_uid=str(header.SOPInstanceUID),
        transfer_syntax_uid=str(header.file_meta.TransferSyntaxUID),
        pathology=pathology,
    )


def _write(examination: Examination, exposure: Exposure, folder: Path, pathology: str) -> Picture:
    path = folder / f"{examination.patient_id}-{exposure.laterality}{exposure.view}.dcm".lower()
    write(make_image(examination, exposure), path)
    return describe(path, pathology)
