"""The admin's page of the model's performance."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from webapp.monitoring import performance


def show(request: HttpRequest) -> HttpResponse:
    """Show what the evaluation measured, and the live figures."""
    context = {
        **admin.site.each_context(request),
        "title": "Model performance",
        "evaluation": performance.evaluation(),
        "live": [_row(figures) for figures in performance.live_figures()],
    }
    return TemplateResponse(request, "monitoring/performance.html", context)


def _row(figures: performance.LiveFigures) -> list[str]:
    shares = (
        figures.recall_rate,
        figures.agreement,
        figures.positive_predictive_value,
        figures.sensitivity,
        figures.specificity,
    )
    return [figures.group, str(figures.studies), *map(_share, shares)]


def _share(share: performance.Proportion) -> str:
    if share.value is None:
        return "none yet"
    low, high = share.interval
    return f"{share.value:.3f} ({low:.3f} to {high:.3f}), {share.hits} of {share.total}"
