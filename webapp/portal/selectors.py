"""The rows of a study that the user was given: its rounds, results, reports, deliveries and priors."""

from django.db.models import QuerySet

from webapp.studies.models import Delivery, DeliveryEvent, ImageResult, Prior, Report, Round, Study


def newest_round(study: Study) -> Round | None:
    """Return the newest analysis."""
    return study.rounds.order_by("-number").first()


def results_of(round_: Round) -> QuerySet[ImageResult]:
    """Return what was found in each image."""
    return round_.image_results.all()


def reports_of(study: Study) -> QuerySet[Report]:
    """Return the reports of every round."""
    return Report.objects.filter(round__study=study)


def deliveries_of(round_: Round) -> QuerySet[Delivery]:
    """Return the deliveries of one round."""
    return Delivery.objects.filter(report__round=round_).select_related("destination")


def events_of(delivery: Delivery) -> QuerySet[DeliveryEvent]:
    """Return what happened to a delivery."""
    return delivery.events.all()


def priors_of(study: Study) -> QuerySet[Prior]:
    """Return the earlier studies that were found."""
    return Prior.objects.filter(search__study=study)
