"""The clock of the performer."""

from celery import shared_task

from webapp.workitems import performer


@shared_task(name="workitems.perform")
def perform() -> None:
    """Go on with claimed work items and claim new ones."""
    performer.perform()
