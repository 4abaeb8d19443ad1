"""Rows of the queue of record: what was received, what was found, what was delivered."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from webapp.studies.errors import PeerTextError
from webapp.studies.peer_text import parse_destination, parse_peer, parse_web_address


class StudyState(models.TextChoices):
    """Where a study stands on its journey."""

    RECEIVING = "RECEIVING", "Receiving"
    COMPLETE = "COMPLETE", "Complete, waiting for analysis"
    ANALYSED = "ANALYSED", "Analysed"
    SENT = "SENT", "Sent"
    FAILED = "FAILED", "Failed"
    PRIOR = "PRIOR", "Fetched as a prior: not analysed"


class Study(models.Model):
    """One imaging study, as a PACS pushed it."""

    study_instance_uid = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, choices=StudyState.choices, default=StudyState.RECEIVING)
    patient_id = models.CharField(max_length=64, blank=True)
    patient_name = models.CharField(max_length=324, blank=True)
    accession_number = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_received_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "studies"
        ordering = ["-last_received_at"]
        indexes = [models.Index(fields=["state", "last_received_at"])]

    def __str__(self) -> str:
        return self.study_instance_uid


class Round(models.Model):
    """One analysis of a study. A late image opens the next round; a finished one is never edited."""

    class Trigger(models.TextChoices):
        QUIET = "QUIET", "No image for the quiet time"
        EXPECTED_VIEWS = "EXPECTED_VIEWS", "The expected views were there"
        STAFF = "STAFF", "Staff said so"

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=StudyState.choices, default=StudyState.COMPLETE)
    trigger = models.CharField(max_length=16, choices=Trigger.choices)
    completed_at = models.DateTimeField()
    queued_at = models.DateTimeField()
    queued_times = models.PositiveIntegerField(default=1)
    claimed_by = models.CharField(max_length=128, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    analysed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failure_stage = models.CharField(max_length=16, blank=True)
    failure_reason = models.TextField(blank=True)
    timings_ms = models.JSONField(default=dict)

    class Meta:
        ordering = ["study", "number"]
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="one_round_a_number")]
        indexes = [models.Index(fields=["state", "queued_at"])]

    def __str__(self) -> str:
        return f"{self.study} round {self.number}"


class Instance(models.Model):
    """One received object. Its file was durable before this row was written."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="instances")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="new_instances", null=True, blank=True)
    sop_instance_uid = models.CharField(max_length=64, unique=True)
    sop_class_uid = models.CharField(max_length=64)
    series_instance_uid = models.CharField(max_length=64)
    transfer_syntax_uid = models.CharField(max_length=64)
    path = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    laterality = models.CharField(max_length=1, blank=True)
    view = models.CharField(max_length=16, blank=True)
    not_analysed = models.CharField(max_length=32, blank=True, help_text="why the header alone rules out an analysis")
    received_from = models.CharField(max_length=16)
    received_address = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    receive_ms = models.FloatField()

    class Meta:
        ordering = ["received_at", "id"]

    def __str__(self) -> str:
        return self.sop_instance_uid


class ConflictingCopy(models.Model):
    """An object that came under a known SOP Instance UID with other bytes. The first stays in force; this is kept."""

    instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="conflicting_copies")
    path = models.CharField(max_length=255, unique=True)
    received_from = models.CharField(max_length=16)
    received_address = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "conflicting copies"

    def __str__(self) -> str:
        return f"copy of {self.instance}"


class Prediction(models.Model):
    """What the model said of one round. There is none without a model version."""

    round = models.OneToOneField(Round, on_delete=models.PROTECT, related_name="prediction")
    model_name = models.CharField(max_length=64)
    model_version = models.CharField(max_length=64)
    model_sha256 = models.CharField(max_length=64)
    operating_point = models.CharField(max_length=64)
    threshold = models.FloatField()
    label = models.CharField(max_length=16, blank=True, help_text="empty when no image could be analysed")
    probability = models.FloatField(null=True)
    confidence = models.FloatField(null=True)
    breasts = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(model_version="") & ~Q(model_sha256=""), name="a_prediction_names_its_model"
            )
        ]

    def __str__(self) -> str:
        return f"{self.round}: {self.label or 'not analysed'}"


class ImageResult(models.Model):
    """One image in one round: a probability, or the reason why there is none."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="image_results")
    instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="results")
    raw_score = models.FloatField(null=True)
    probability = models.FloatField(null=True)
    label = models.CharField(max_length=16, blank=True)
    not_analysed = models.CharField(max_length=32, blank=True)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["instance__laterality", "instance__view", "id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "instance"], name="one_result_an_image_and_round"),
            models.CheckConstraint(
                condition=Q(probability__isnull=True, not_analysed__gt="")
                | Q(probability__isnull=False, not_analysed=""),
                name="a_score_or_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instance}: {self.label or self.not_analysed}"


class Report(models.Model):
    """A report that we wrote; its file was durable before this row."""

    class Kind(models.TextChoices):
        MEASUREMENT = "MEASUREMENT", "Measurement report (TID 1500)"

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    sop_instance_uid = models.CharField(max_length=64, unique=True)
    sop_class_uid = models.CharField(max_length=64)
    path = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "kind"], name="one_report_a_round_and_kind")]

    def __str__(self) -> str:
        return f"{self.round} {self.kind}"


class Destination(models.Model):
    """Where results go: objects by DIMSE or STOW-RS, values by FHIR or HL7 v2."""

    class Protocol(models.TextChoices):
        DIMSE = "DIMSE", "DICOM C-STORE"
        STOW = "STOW", "DICOM over HTTP (STOW-RS)"
        FHIR = "FHIR", "FHIR R4"
        HL7 = "HL7", "HL7 v2 over MLLP"

    protocol = models.CharField(max_length=8, choices=Protocol.choices, default=Protocol.DIMSE)
    ae_title = models.CharField(max_length=16, help_text="AE title; for HL7 the receiving application")
    host = models.CharField(max_length=255)
    port = models.PositiveIntegerField()
    url = models.CharField(max_length=400, blank=True, help_text="for STOW and FHIR: the base address")
    active = models.BooleanField(default=True)
    from_environment = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "ae_title", "host", "port", "url"], name="one_row_a_destination"
            )
        ]

    def __str__(self) -> str:
        if self.url:
            return f"{self.protocol} {self.url}"
        name = f"{self.ae_title}@{self.host}:{self.port}"
        return name if self.protocol == self.Protocol.DIMSE else f"{self.protocol} {name}"

    def takes(self, kind: str) -> bool:
        """Tell whether a report of this kind goes here; those that take values get one message a round."""
        sends_objects = self.protocol in {self.Protocol.DIMSE, self.Protocol.STOW}
        return sends_objects or kind == Report.Kind.MEASUREMENT

    def clean(self) -> None:
        """Refuse what is no destination."""
        try:
            if self.protocol in {self.Protocol.STOW, self.Protocol.FHIR}:
                parse_web_address(self.url)
            else:
                parse_destination(f"{self.ae_title}@{self.host}:{self.port}")
        except PeerTextError as error:
            raise ValidationError(str(error)) from error


class Delivery(models.Model):
    """One report on its way to one destination. SENT means that the peer answered with a success status."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Queued"
        SENT = "SENT", "Sent"
        FAILED = "FAILED", "Failed for good"

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="deliveries")
    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=128, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=4, blank=True, help_text="the last DIMSE status, in hexadecimal")
    reason = models.TextField(blank=True)
    send_ms = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["report", "destination"], name="one_delivery_a_report_and_destination")
        ]
        indexes = [models.Index(fields=["state", "next_attempt_at"])]

    def __str__(self) -> str:
        return f"{self.report} to {self.destination}"


class AllowedPeer(models.Model):
    """A peer that may open an association. ``*`` stands for every AE title."""

    ae_title = models.CharField(max_length=16, default="*")
    address = models.CharField(max_length=64, help_text="IP address, or a network such as 10.1.2.0/24")
    from_environment = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ae_title", "address"], name="one_row_a_peer")]

    def __str__(self) -> str:
        return f"{self.ae_title}@{self.address}"

    def clean(self) -> None:
        """Keep the address in the form that associations are compared with."""
        try:
            self.address = parse_peer(str(self)).address
        except PeerTextError as error:
            raise ValidationError(str(error)) from error


class PriorSearch(models.Model):
    """The one look for the earlier mammograms of a study. It never holds the study up."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Queued"
        DONE = "DONE", "Everything that was found is here"
        PARTIAL = "PARTIAL", "Not everything that was found is here"
        FAILED = "FAILED", "Failed for good"

    study = models.OneToOneField(Study, on_delete=models.PROTECT, related_name="prior_search")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    reason = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=128, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "prior searches"
        indexes = [models.Index(fields=["state", "next_attempt_at"])]

    def __str__(self) -> str:
        return f"priors of {self.study}"


class Prior(models.Model):
    """An earlier study of the same patient, and how much of it came."""

    class State(models.TextChoices):
        FOUND = "FOUND", "Found, not yet here"
        HERE = "HERE", "Was here before"
        RETRIEVED = "RETRIEVED", "Retrieved"
        PARTIAL = "PARTIAL", "Retrieved in part"
        FAILED = "FAILED", "Not retrieved"

    search = models.ForeignKey(PriorSearch, on_delete=models.PROTECT, related_name="priors")
    study_instance_uid = models.CharField(max_length=64)
    study_date = models.DateField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.FOUND)
    images_expected = models.PositiveIntegerField(null=True, help_text="empty where the peer does not count them")
    images_here = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-study_date", "id"]
        constraints = [models.UniqueConstraint(fields=["search", "study_instance_uid"], name="one_row_a_prior")]

    def __str__(self) -> str:
        return f"{self.study_instance_uid}, {self.search}"
