"""A heat map goes with its row."""

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from webapp.diagnosis import heatmaps
from webapp.diagnosis.models import Diagnosis


@receiver(post_delete, sender=Diagnosis)
def remove_heatmap(instance: Diagnosis, **_: object) -> None:
    """Remove the file once the row is gone for good."""
    transaction.on_commit(lambda: heatmaps.remove(instance.heatmap))
