"""Conversations, their messages, and the assessments they led to."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Audience(models.TextChoices):
    """Whom the chatbot speaks to."""

    PATIENT = "patient", "Patient"
    CLINICIAN = "clinician", "Clinician"


class Conversation(models.Model):
    """One conversation. Its token is known to the person alone; we keep a digest."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=2)
    audience = models.CharField(max_length=9, choices=Audience.choices, default=Audience.PATIENT)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="conversations", null=True, blank=True
    )
    state = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["expires_at"])]

    def __str__(self) -> str:
        return str(self.id)


class Message(models.Model):
    """One message of either side, as it was shown."""

    class Sender(models.TextChoices):
        PERSON = "person", "Person"
        CHATBOT = "chatbot", "Chatbot"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    sender = models.CharField(max_length=7, choices=Sender.choices)
    blocks = models.JSONField(default=list)
    quick_replies = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.conversation} {self.sender}"


class Assessment(models.Model):
    """What the rules said of the facts known at that time. Never edited."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.SET_NULL, related_name="assessments", null=True, blank=True
    )
    audience = models.CharField(max_length=9, choices=Audience.choices)
    language = models.CharField(max_length=2)
    rule_set_version = models.CharField(max_length=64)
    level = models.CharField(max_length=32)
    facts = models.JSONField(default=list)
    rules_fired = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    study_instance_uid = models.CharField(max_length=64, blank=True)
    diagnosis = models.PositiveBigIntegerField(null=True, blank=True, help_text="the upload it is attached to")
    attached_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attached_assessments", null=True, blank=True
    )
    attached_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["study_instance_uid"]), models.Index(fields=["diagnosis"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(rule_set_version="") & ~Q(level=""), name="an_assessment_names_its_rules_and_level"
            )
        ]

    def __str__(self) -> str:
        return f"assessment {self.pk}: {self.level}"
