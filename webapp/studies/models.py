"""Rows of the queue of record: what was received, what was found, what was delivered."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from webapp.accounts.models import Site, main_site_pk
from webapp.studies import dicom_tls

# known to Django because it is named here
from webapp.studies.commissioning_models import TrialCommitment as TrialCommitment
from webapp.studies.delivery_models import Delivery as Delivery
from webapp.studies.delivery_models import DeliveryEvent as DeliveryEvent
from webapp.studies.errors import PeerTextError
from webapp.studies.peer_text import ANY_NAME as ANY_NAME_OF_TLS
from webapp.studies.peer_text import parse_destination, parse_peer, parse_web_address

# known to Django because they are named here
from webapp.studies.prior_models import Prior as Prior
from webapp.studies.prior_models import PriorSearch as PriorSearch
from webapp.studies.review_models import BreastReview as BreastReview
from webapp.studies.review_models import FindingReview as FindingReview
from webapp.studies.review_models import OutcomeEntry as OutcomeEntry
from webapp.studies.review_models import Review as Review
from webapp.studies.share_models import StudyShare as StudyShare
from webapp.studies.share_models import StudyUpload as StudyUpload


class StudyState(models.TextChoices):
    """Where a study stands on its journey."""

    RECEIVING = "RECEIVING", "Receiving"
    COMPLETE = "COMPLETE", "Complete, waiting for analysis"
    ANALYSED = "ANALYSED", "Analysed"
    SENT = "SENT", "Sent"
    DELIVERED = "DELIVERED", "Delivered, and proved"
    FAILED = "FAILED", "Failed"
    PRIOR = "PRIOR", "Fetched as a prior: not analysed"


class Study(models.Model):
    """One imaging study, as a PACS pushed it."""

    study_instance_uid = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, choices=StudyState.choices, default=StudyState.RECEIVING)
    patient_id = models.CharField(max_length=64, blank=True)
    patient_name = models.CharField(max_length=324, blank=True)
    patient_birth_date = models.DateField(null=True, blank=True)
    accession_number = models.CharField(max_length=64, blank=True)
    study_date = models.DateField(null=True, blank=True, help_text="as the images say; empty where they do not")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="studies", default=main_site_pk)
    created_at = models.DateTimeField(auto_now_add=True)
    last_received_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "studies"
        ordering = ["-last_received_at"]
        indexes = [
            models.Index(fields=["state", "last_received_at"]),
            models.Index(fields=["-created_at", "-id"], name="studies_by_arrival"),
            models.Index(Upper("accession_number"), name="studies_by_accession"),
            models.Index(Upper("patient_id"), name="studies_by_patient"),
        ]

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
    objects_missing = models.JSONField(default=dict, blank=True, help_text="kinds that could not be made, and why")

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

    @property
    def reaches_operating_point(self) -> bool | None:
        """Whether the study's probability is at or above the threshold; None where there is none."""
        return None if self.probability is None else self.probability >= self.threshold


class ImageResult(models.Model):
    """One image in one round: a probability, or the reason why there is none."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="image_results")
    instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="results")
    raw_score = models.FloatField(null=True)
    probability = models.FloatField(null=True)
    label = models.CharField(max_length=16, blank=True)
    not_analysed = models.CharField(max_length=32, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    marks = models.JSONField(default=list, blank=True, help_text="marked places: polygon in the image's pixels, score")
    saliency = models.CharField(max_length=64, blank=True, help_text="name of the heat map's file")

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
    """An object that we wrote; its file was durable before this row. Some kinds show one image each."""

    class Kind(models.TextChoices):
        MEASUREMENT = "MEASUREMENT", "Measurement report (TID 1500)"
        CAD = "CAD", "Mammography CAD SR (TID 4000)"
        KEY_IMAGE = "KEY_IMAGE", "Key image (Secondary Capture)"
        PRESENTATION = "PRESENTATION", "Presentation state with marks"
        PDF = "PDF", "Encapsulated PDF"

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    source = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="shown_in", null=True, blank=True)
    sop_instance_uid = models.CharField(max_length=64, unique=True)
    sop_class_uid = models.CharField(max_length=64)
    path = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "kind"], condition=Q(source__isnull=True), name="one_report_a_round_and_kind"
            ),
            models.UniqueConstraint(fields=["round", "kind", "source"], name="one_object_a_round_kind_and_image"),
            models.CheckConstraint(
                condition=Q(source__isnull=True) ^ Q(kind__in=["KEY_IMAGE", "PRESENTATION"]),
                name="pictures_show_an_image_and_reports_do_not",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.kind}"


def only_the_measurement_report() -> list[str]:
    """Return what a destination gets where nothing else was chosen."""
    return [Report.Kind.MEASUREMENT.value]


class Destination(models.Model):
    """Where reports go, and what this place wants: its profile."""

    class Protocol(models.TextChoices):
        DIMSE = "DIMSE", "DICOM (C-STORE)"
        STOW = "STOW", "DICOM over HTTP (STOW-RS)"
        FHIR = "FHIR", "FHIR R4"
        HL7 = "HL7", "HL7 v2 over MLLP"

    class TransferSyntax(models.TextChoices):
        ANY = "", "as the peer prefers"
        EXPLICIT = "1.2.840.10008.1.2.1", "Explicit VR Little Endian"
        IMPLICIT = "1.2.840.10008.1.2", "Implicit VR Little Endian"

    class CharacterSet(models.TextChoices):
        UNICODE = "ISO_IR 192", "Unicode in UTF-8"
        LATIN_1 = "ISO_IR 100", "Latin 1, where every letter has a place in it"

    class Tls(models.TextChoices):
        NONE = "", "without TLS"
        NAMED = "NAMED", "TLS; the peer's certificate names its host"
        ANY_NAME = ANY_NAME_OF_TLS, "TLS; any certificate of our authority"

    ae_title = models.CharField(max_length=16, help_text="AE title; for HL7 the receiving application")
    host = models.CharField(max_length=255)
    port = models.PositiveIntegerField()
    url = models.CharField(max_length=400, blank=True, help_text="for STOW and FHIR: the base address")
    active = models.BooleanField(default=True)
    protocol = models.CharField(max_length=8, choices=Protocol.choices, default=Protocol.DIMSE)
    objects_wanted = models.JSONField(
        default=only_the_measurement_report, help_text="kinds of report, for example MEASUREMENT and CAD"
    )
    transfer_syntax = models.CharField(max_length=64, choices=TransferSyntax.choices, default="", blank=True)
    character_set = models.CharField(max_length=16, choices=CharacterSet.choices, default=CharacterSet.UNICODE)
    tls = models.CharField(
        max_length=8,
        choices=Tls.choices,
        default="",
        blank=True,
        help_text="for DICOM: whether the connection is encrypted. Where it cannot be, a report waits.",
    )
    wants_commitment = models.BooleanField(default=False, help_text="delivered only when the peer commits it")
    wants_read_back = models.BooleanField(default=False, help_text="delivered only when a query finds it there")
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

    def clean(self) -> None:
        """Refuse what is no destination, or wants what there is not."""
        try:
            if self.protocol in {self.Protocol.STOW, self.Protocol.FHIR}:
                parse_web_address(self.url)
            else:
                parse_destination(f"{self.ae_title}@{self.host}:{self.port}")
        except PeerTextError as error:
            raise ValidationError(str(error)) from error
        kinds = set(Report.Kind.values)
        if (
            not isinstance(self.objects_wanted, list)
            or not self.objects_wanted
            or not set(self.objects_wanted) <= kinds
        ):
            raise ValidationError(f"A destination wants one or more of {', '.join(sorted(kinds))}.")
        self._refuse_what_the_protocol_lacks()

    def _refuse_what_the_protocol_lacks(self) -> None:
        if self.wants_commitment and self.protocol != self.Protocol.DIMSE:
            raise ValidationError("Storage commitment needs the protocol DIMSE.")
        if self.tls and self.protocol != self.Protocol.DIMSE:
            raise ValidationError("This choice of TLS is for DICOM; STOW-RS and FHIR have it with an https address.")
        if self.tls and (absent := dicom_tls.missing()):
            raise ValidationError(f"TLS needs {', '.join(absent)}: the runbook says how to make the files.")
        # one message a round, made of rows: it goes with the report that every round has
        is_plain = not self.wants_read_back and self.objects_wanted == only_the_measurement_report()
        if self.protocol in {self.Protocol.FHIR, self.Protocol.HL7} and not is_plain:
            raise ValidationError("FHIR and HL7 get values, once a round: MEASUREMENT alone, not read back.")


class AllowedPeer(models.Model):
    """A peer that may open an association. ``*`` stands for every AE title."""

    ae_title = models.CharField(max_length=16, default="*")
    address = models.CharField(max_length=64, help_text="IP address, or a network such as 10.1.2.0/24")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, help_text="whose studies it sends")
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
