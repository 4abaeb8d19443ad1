"""Who did what: events, and the chain that shows when one was changed. Both tables only ever grow."""

from django.db import models

# known to Django because it is named here
from webapp.audit.forwarding_models import ForwardingCursor as ForwardingCursor


class ActorKind(models.TextChoices):
    """What kind of somebody acted."""

    USER = "user", "Account, in a session"
    TOKEN = "token", "Account, by a token"
    VISITOR = "visitor", "Somebody without an account, known by the address"
    AE = "ae", "DICOM application entity"
    PROCESS = "process", "Process of this node"
    COMMAND = "command", "Command of the operating system's user"


class Action(models.TextChoices):
    """PS3.15 A.5.1, EventActionCode."""

    CREATE = "C", "Create"
    READ = "R", "Read"
    UPDATE = "U", "Update"
    DELETE = "D", "Delete"
    EXECUTE = "E", "Execute"


class Outcome(models.TextChoices):
    """How it went."""

    SUCCESS = "success", "Success"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"


class Event(models.TextChoices):
    """What happened, in the classes of PS3.15 A.5.3."""

    APPLICATION = "application", "Application activity"
    AUDIT_USED = "audit-used", "Audit log used"
    ACCESSED = "accessed", "DICOM instances accessed"
    TRANSFERRED = "transferred", "DICOM instances transferred"
    STUDY_DELETED = "study-deleted", "DICOM study deleted"
    EXPORT = "export", "Export"
    IMPORT = "import", "Import"
    QUERY = "query", "Query"
    RECORD = "record", "Procedure record"
    LOGIN = "login", "Login"
    LOGOUT = "logout", "Logout"
    CONFIGURATION = "configuration", "Configuration changed"
    SECURITY_ALERT = "security-alert", "Security alert"


class AuditEvent(models.Model):
    """One thing that somebody did. Objects are named by type and identifier; nothing here is patient data."""

    at = models.DateTimeField(db_index=True)
    actor_kind = models.CharField(max_length=8, choices=ActorKind.choices)
    actor = models.CharField(max_length=150, help_text="user name, AE title, process; for a visitor the address")
    actor_id = models.CharField(max_length=64, blank=True, help_text="key of the account")
    token_id = models.CharField(max_length=64, blank=True, help_text="which token, never the token itself")
    address = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=1, choices=Action.choices)
    event = models.CharField(max_length=16, choices=Event.choices)
    object_type = models.CharField(max_length=32)
    object_id = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    # text, not JSON: the hash is over these very characters, and a database may rewrite JSON
    detail = models.TextField(default="{}", help_text="JSON, keys in order; identifiers only")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["actor", "at"]),
            models.Index(fields=["object_type", "object_id"]),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(actor=""), name="an_event_names_who_did_it"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.get_action_display()} {self.object_type}"


class AuditLink(models.Model):
    """The place of one event in the chain: its hash covers the event, this number and the hash before."""

    sequence = models.PositiveBigIntegerField(primary_key=True)
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="link")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["sequence"]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash[:12]}"
