"""What an API token may be used for. The token itself is knox's: only its digest is stored."""

from django.db import models

from webapp.audit import asking


class ApiToken(models.Model):
    """The name, the scopes and the session of one token. A token without this row opens nothing."""

    token = models.OneToOneField("knox.AuthToken", on_delete=models.CASCADE, related_name="grant")
    name = models.CharField(max_length=100)
    scopes = models.JSONField(default=list)
    # empty for lasting tokens; otherwise the token ends with its session, and with the password of that time
    session_family = models.CharField(max_length=64, blank=True, db_index=True)
    password_state = models.CharField(max_length=128, blank=True)

    class Meta:
        verbose_name = "API token"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def mark(self) -> str:
        """How the audit trail tells this token from others."""
        return asking.token_mark(str(self.token_id))
