"""Which objects are made of an analysis: those that some destination wants, and always the measurement report."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from django.conf import settings
from numpy.typing import NDArray
from pydicom import Dataset

from dicom_node import convert
from dicom_node.keyimage import key_image
from dicom_node.marks import Mark
from dicom_node.overlay import HeatMap
from dicom_node.pdf_report import build_pdf_report
from dicom_node.presentation_state import presentation_state
from dicom_node.sr import cad, measurement
from dicom_node.sr.content import Label, ReportContent
from webapp.studies.models import Destination, Report


@dataclass(frozen=True, eq=False)
class Material:
    """What objects are made of: the content, all headers of the study, its files, and heat maps by image."""

    content: ReportContent
    headers: Sequence[Dataset]
    paths: Mapping[str, Path]
    heat: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Built:
    """One object, and the image that it shows; empty for one that speaks of the whole study."""

    dataset: Dataset
    source: str = ""


Builder = Callable[[Material], Iterable[Built]]


def _measurement(material: Material) -> Iterator[Built]:
    yield Built(measurement.build_measurement_report(material.content, material.headers))


def _cad(material: Material) -> Iterator[Built]:
    yield Built(cad.build_cad_report(material.content, material.headers))


def _pdf(material: Material) -> Iterator[Built]:
    yield Built(build_pdf_report(material.content, material.headers, settings.NODE_REPORT_LANGUAGE))


def _key_images(material: Material) -> Iterator[Built]:
    """Show each image at or above the operating point, else the one with the highest probability.

    The pixels are decoded once more: holding those of a study since its analysis would take hundreds of megabytes.
    """
    content, headers = material.content, _by_uid(material.headers)
    suspicious = [image for image in content.images if image.label is Label.MALIGNANT]
    for image in suspicious or sorted(content.images, key=lambda image: image.probability)[-1:]:
        uid = image.sop_instance_uid
        grey = convert.convert(material.paths[uid])
        heat = HeatMap(material.heat[uid]) if uid in material.heat else None
        aspect = grey.pixel_aspect
        shown = key_image(content, headers[uid], grey.pixels, heat, _marks(content), pixel_aspect=aspect)
        yield Built(shown, uid)


def _presentation_states(material: Material) -> Iterator[Built]:
    """Lay the marks over each image that has some; a grayscale state fits no image in colour."""
    marks, headers = _marks(material.content), _by_uid(material.headers)
    for uid in dict.fromkeys(mark.sop_instance_uid for mark in marks):
        if headers[uid].get("SamplesPerPixel", 1) == 1:
            yield Built(presentation_state(material.content, headers[uid], marks), uid)


def _marks(content: ReportContent) -> tuple[Mark, ...]:
    return tuple(Mark(found.sop_instance_uid, *found.centre, found.probability) for found in content.findings)


def _by_uid(headers: Iterable[Dataset]) -> dict[str, Dataset]:
    return {str(header.SOPInstanceUID): header for header in headers}


BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        Report.Kind.MEASUREMENT: _measurement,
        Report.Kind.CAD: _cad,
        Report.Kind.KEY_IMAGE: _key_images,
        Report.Kind.PRESENTATION: _presentation_states,
        Report.Kind.PDF: _pdf,
    }
)

REPLACING_KINDS = frozenset({Report.Kind.MEASUREMENT, Report.Kind.CAD})
"""The kinds that name the object of the round before, which they replace."""


def wanted_kinds() -> list[str]:
    """Return the kinds to make, the measurement report first."""
    wanted = {
        kind
        for row in Destination.objects.filter(active=True)
        for kind in row.objects_wanted
        if kind in BUILDERS and kind != Report.Kind.MEASUREMENT
    }
    return [Report.Kind.MEASUREMENT.value, *sorted(wanted)]
