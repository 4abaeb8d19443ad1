"""Synthetic mammography objects for every test: valid headers, seeded pixels, no patient.

``make_mg`` makes one image, ``make_study`` the four views of one study, ``encode`` puts an image into
another transfer syntax, ``write`` makes a Part 10 file. Same arguments, same bytes.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.uid import (
    BreastTomosynthesisImageStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalMammographyXRayImageStorageForProcessing,
    ExplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
)

from tests.encoders import encode
from tests.phantoms import breast_phantom
from tests.synthetic_headers import (
    PIXEL_SPACING_MM,
    describe_acquisition,
    describe_view,
    identify,
    new_object,
    patient_orientation,
    set_pixels,
    set_voi,
)
from tests.tomosynthesis import become_tomosynthesis

__all__ = [
    "EXPECTED_VIEWS",
    "PATIENT_NAME",
    "PIXEL_SPACING_MM",
    "breast_phantom",
    "encode",
    "make_mg",
    "make_secondary_capture",
    "make_study",
    "patient_orientation",
    "set_pixels",
    "write",
]

PATIENT_NAME = "Phantom^Ünïcode Łøß"
"""Letters beyond ASCII and Latin-1: whoever loses the character set, loses these."""

EXPECTED_VIEWS: tuple[tuple[str, str], ...] = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))


def make_mg(
    *,
    laterality: str = "L",
    view: str = "CC",
    seed: int = 1,
    rows: int = 1024,
    columns: int = 768,
    bits_stored: int = 12,
    signed: bool = False,
    photometric: str = "MONOCHROME2",
    voi: str | None = "LINEAR",
    for_processing: bool = False,
    tomosynthesis: bool = False,
    implant: bool = False,
    modifiers: Sequence[str] = (),
    partial_view: bool = False,
    magnification: bool = False,
    flip_horizontal: bool = False,
    flip_vertical: bool = False,
    lesion: bool = False,
    patient_name: str = PATIENT_NAME,
    study: int | None = None,
    instance_number: int = 1,
    pixels: NDArray[np.uint16] | None = None,
    transfer_syntax: str = ExplicitVRLittleEndian,
) -> FileDataset:
    """Make one valid mammography object (dciodvfy finds no error), MG For Presentation unless told otherwise.

    Parameters
    ----------
    laterality, view
        "L" or "R"; a key such as "CC", "MLO", "ML", "XCCL", "SPECIMEN".
    seed
        Of the pixels and, with view, laterality and instance number, of the SOP Instance UID.
    bits_stored
        8 to 16; Bits Allocated is 8 or 16.
    signed
        Pixel Representation 1: stored values run from ``-2 ** (bits - 1)``, a rescale brings them back.
    voi
        "LINEAR", "LINEAR_EXACT", "SIGMOID", "LUT" or None.
    modifiers
        Of the view: "SPOT", "MAGNIFICATION", "IMPLANT_DISPLACED", "CLEAVAGE", ...
    flip_horizontal, flip_vertical
        Store the image mirrored, with the Patient Orientation that says so.
    study
        Of the Study Instance UID and patient; the seed where it is None.
    pixels
        Own MONOCHROME2 grey levels, shape ``(rows, columns)``, instead of the phantom's.
    transfer_syntax
        Passed to `encode`; file meta follows.
    """
    if pixels is None:
        drawn = _draw(laterality, view, (rows, columns), bits_stored, seed, lesion)
        pixels = drawn[:: -1 if flip_vertical else 1, :: -1 if flip_horizontal else 1]
    ds = new_object(_sop_class(for_processing, tomosynthesis), study if study is not None else seed, seed)
    identify(ds, f"{laterality}{view}{instance_number}", patient_name, instance_number)
    describe_acquisition(ds, for_processing=for_processing, magnification=magnification)
    describe_view(ds, laterality, view, modifiers, implant=implant, partial_view=partial_view)
    ds.PatientOrientation = patient_orientation(laterality, view, flip_horizontal, flip_vertical)
    set_pixels(ds, pixels, bits_stored=bits_stored, signed=signed, photometric=photometric)
    set_voi(ds, None if for_processing else voi, bits_stored)
    if tomosynthesis:
        become_tomosynthesis(ds)
    return encode(ds, transfer_syntax)


def _draw(laterality: str, view: str, shape: tuple[int, int], bits: int, seed: int, lesion: bool) -> NDArray[np.uint16]:
    rows, columns = shape
    return breast_phantom(
        laterality=laterality, view=view, rows=rows, columns=columns, bits=bits, seed=seed, lesion=lesion
    )


def make_study(*, seed: int = 1, transfer_syntax: str = ExplicitVRLittleEndian, **options: object) -> list[FileDataset]:
    """Make the four views RCC, LCC, RMLO, LMLO of one study; `options` go to `make_mg`."""
    return [
        make_mg(
            laterality=laterality,
            view=view,
            seed=seed,
            study=seed,
            instance_number=number,
            transfer_syntax=transfer_syntax,
            **options,  # type: ignore[arg-type]
        )
        for number, (laterality, view) in enumerate(EXPECTED_VIEWS, start=1)
    ]


def make_secondary_capture(
    *, laterality: str = "L", view: str = "CC", seed: int = 1, rows: int = 1024, columns: int = 768
) -> FileDataset:
    """Make a digitised film as archives hold them: the view stands in Patient Orientation, no window."""
    ds = new_object(SecondaryCaptureImageStorage, seed, seed)
    identify(ds, f"SC{laterality}{view}", PATIENT_NAME, 1)
    ds.ConversionType = "DF"
    ds.BodyPartExamined = "BREAST"
    ds.PatientOrientation = view
    ds.Laterality = laterality
    film = breast_phantom(laterality=laterality, view=view, rows=rows, columns=columns, bits=16, seed=seed)
    set_pixels(ds, film, bits_stored=16)
    return encode(ds, ExplicitVRLittleEndian)


def write(ds: FileDataset, path: Path, transfer_syntax: str | None = None) -> Path:
    """Write a Part 10 file, encoded first where a transfer syntax is given; return the path."""
    encoded = encode(ds, transfer_syntax) if transfer_syntax is not None else ds
    encoded.save_as(path, enforce_file_format=True)
    return path


def _sop_class(for_processing: bool, tomosynthesis: bool) -> str:
    if tomosynthesis:
        return BreastTomosynthesisImageStorage
    if for_processing:
        return DigitalMammographyXRayImageStorageForProcessing
    return DigitalMammographyXRayImageStorageForPresentation
