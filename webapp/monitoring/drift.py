"""Has what comes in, or what the model says of it, moved? The last studies against those before them."""

from datetime import datetime

import numpy as np
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from webapp.monitoring.models import DriftReport, PredictionEntry

ALL = "all devices"
_BINS = 10
# a comparison of fewer says nothing
_LEAST = 20
_FLOOR = 1e-4
_KEPT_REPORTS = 5000

Values = NDArray[np.float64]


def population_stability_index(reference: Values, recent: Values, bins: int = _BINS) -> float:
    """Compare two samples by the deciles of the first: the sum of (a - b) ln(a / b) over the bins' shares.

    References
    ----------
    Siddiqi, Credit Risk Scorecards (2006): below 0.1 stable, above 0.25 moved.
    """
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]))
    shares = [
        np.maximum(np.bincount(np.searchsorted(edges, sample), minlength=len(edges) + 1) / len(sample), _FLOOR)
        for sample in (reference, recent)
    ]
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def compare(now: datetime | None = None) -> list[DriftReport]:
    """Write how far scores and inputs have moved, of all devices and of each manufacturer and software version."""
    now = now or timezone.now()
    images = PredictionEntry.objects.filter(
        level=PredictionEntry.Level.IMAGE,
        source=PredictionEntry.Source.DICOM,
        is_test=False,
        malignancy_probability__isnull=False,
    )
    groups: list[tuple[str, dict[str, str]]] = [(ALL, {})]
    for manufacturer, version in images.order_by().values_list("manufacturer", "software_version").distinct():
        name = f"{manufacturer or 'unknown'} {version}".strip()
        groups.append((name[:140], {"manufacturer": manufacturer, "software_version": version}))
    found = [
        report
        for group, where in groups
        for measure, field in (("score", "malignancy_probability"), ("input", "input_mean"))
        if (report := _compare(group, measure, _newest(images.filter(**where), field), now)) is not None
    ]
    DriftReport.objects.bulk_create(found)
    surplus = DriftReport.objects.order_by("-at").values_list("pk", flat=True)[_KEPT_REPORTS:]
    DriftReport.objects.filter(pk__in=list(surplus)).delete()
    return found


def _newest(images: QuerySet[PredictionEntry], field: str) -> Values:
    limit = settings.NODE_DRIFT_RECENT + settings.NODE_DRIFT_REFERENCE
    rows = images.filter(**{f"{field}__isnull": False}).order_by("-at", "-pk")
    return np.asarray(rows.values_list(field, flat=True)[:limit], dtype=np.float64)


def _compare(group: str, measure: str, values: Values, now: datetime) -> DriftReport | None:
    recent, reference = values[: settings.NODE_DRIFT_RECENT], values[settings.NODE_DRIFT_RECENT :]
    if len(recent) < _LEAST or len(reference) < _LEAST:
        return None
    # scipy takes a second to load, and every worker knows this module for a comparison made now and then
    from scipy import stats

    test = stats.ks_2samp(reference, recent)
    return DriftReport(
        at=now,
        group=group,
        measure=measure,
        reference_count=len(reference),
        recent_count=len(recent),
        psi=population_stability_index(reference, recent),
        ks=float(test.statistic),
        p_value=float(test.pvalue),
    )
