"""Who brought a study in by an upload, and whom it was shown to."""

from django.conf import settings
from django.db import models


class StudyUpload(models.Model):
    """The account whose upload began a study: it sees the study. Later objects of the study change nothing here."""

    study = models.OneToOneField("studies.Study", on_delete=models.CASCADE, related_name="upload")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploaded_studies")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.study} uploaded by account {self.user_id}"


class StudyShare(models.Model):
    """A study that one account showed to another, until somebody takes it back."""

    study = models.ForeignKey("studies.Study", on_delete=models.CASCADE, related_name="shares")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shared_studies")
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="studies_i_shared")
    shared_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["shared_at", "id"]
        constraints = [models.UniqueConstraint(fields=["study", "person"], name="one_share_a_study_and_person")]

    def __str__(self) -> str:
        return f"{self.study} shown to account {self.person_id}"
