"""Which objects are made of an analysis: those that some destination wants, and always the measurement report."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from pydicom import Dataset

from dicom_node.sr import cad, measurement
from dicom_node.sr.content import ReportContent
from webapp.studies.models import Destination, Report

Builder = Callable[[ReportContent, Sequence[Dataset]], Dataset]

BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        Report.Kind.MEASUREMENT: measurement.build_measurement_report,
        Report.Kind.CAD: cad.build_cad_report,
    }
)


def wanted_kinds() -> list[str]:
    """Return the kinds to make, the measurement report first."""
    wanted = {
        kind
        for row in Destination.objects.filter(active=True)
        for kind in row.objects_wanted
        if kind in BUILDERS and kind != Report.Kind.MEASUREMENT
    }
    return [Report.Kind.MEASUREMENT.value, *sorted(wanted)]
