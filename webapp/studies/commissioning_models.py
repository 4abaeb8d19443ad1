"""Rows of requests for storage commitment that a commissioning made; `models` makes them known to Django."""

from django.db import models
from django.utils import timezone

from dicom_node.commitment import CommitmentResult


class TrialCommitment(models.Model):
    """One request for the safekeeping of a test object. The answer may come to the receiving process."""

    transaction_uid = models.CharField(max_length=64, unique=True)
    sop_instance_uid = models.CharField(max_length=64)
    requested_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    committed = models.BooleanField(default=False)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return self.transaction_uid


def note_answer(result: CommitmentResult) -> bool:
    """Write down what a peer says of a test object; return whether the transaction was a commissioning's."""
    row = TrialCommitment.objects.filter(transaction_uid=result.transaction_uid).first()
    if row is None:
        return False
    row.answered_at = timezone.now()
    row.committed = any(one.sop_instance_uid == row.sop_instance_uid for one in result.committed)
    refused = [one for one in result.refused if one.reference.sop_instance_uid == row.sop_instance_uid]
    row.reason = refused[0].sentence if refused else "" if row.committed else "the answer does not name the object"
    row.save(update_fields=["answered_at", "committed", "reason"])
    return True
