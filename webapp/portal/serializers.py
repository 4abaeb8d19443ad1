"""What the answers of the studies API look like, for the schema and whoever generates types from it."""

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from webapp.accounts.serializers import SiteSerializer
from webapp.paging import LARGEST
from webapp.portal.worklist import ORDERINGS
from webapp.studies.models import Prior, Report, Review, StudyState

_NUMBER: Final = {"type": "number", "format": "double"}
_POINT: Final = {"type": "array", "prefixItems": [_NUMBER, _NUMBER], "items": _NUMBER, "minItems": 2, "maxItems": 2}
_LINES: Final = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/ReportLine"},
    "description": "Lines like this.",
}
READING_STATES = ["none", "first", "second", "differs", "final"]


class FailureSerializer(serializers.Serializer[Any]):
    """Where a study failed, and why."""

    stage = serializers.CharField()
    reason = serializers.CharField()


class ReadingStateSerializer(serializers.Serializer[Any]):
    """How far the reading is."""

    state = serializers.ChoiceField(
        choices=READING_STATES,
        help_text="none; first: another shall read; second: two agree; differs: to arbitrate; final: all is said.",
    )
    readers = serializers.ListField(child=serializers.CharField())


class ReadingSerializer(ReadingStateSerializer):
    """How far the reading is, and what this user may add to it."""

    open_kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=Review.Kind.choices),
        help_text="Kinds of review that this user may write now.",
    )


class WorklistRowSerializer(serializers.Serializer[Any]):
    """A study on the worklist."""

    study_instance_uid = serializers.CharField()
    state = serializers.ChoiceField(choices=StudyState.choices)
    patient_id = serializers.CharField(allow_blank=True)
    patient_name = serializers.CharField(allow_blank=True, help_text="As in DICOM: family^given.")
    accession_number = serializers.CharField(allow_blank=True)
    site = SiteSerializer()
    study_date = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    last_received_at = serializers.DateTimeField()
    images = serializers.IntegerField()
    analysed_images = serializers.IntegerField()
    probability = serializers.FloatField(allow_null=True)
    prediction = serializers.CharField(allow_null=True)
    operating_point_reached = serializers.BooleanField(allow_null=True)
    ai_hidden = serializers.BooleanField(help_text="The reader has still to say a first impression.")
    failure = FailureSerializer(allow_null=True)
    review = ReadingStateSerializer()


class WorklistSerializer(serializers.Serializer[Any]):
    """One page of the worklist."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = WorklistRowSerializer(many=True)


class WorklistQuerySerializer(serializers.Serializer[Any]):
    """What the worklist is asked by."""

    state = serializers.CharField(
        required=False, allow_blank=True, help_text="One or more states, separated by commas."
    )
    site = serializers.IntegerField(required=False, min_value=1, max_value=999_999_999)
    search = serializers.CharField(
        required=False, allow_blank=True, help_text="The beginning of an accession number or Patient ID."
    )
    ordering = serializers.ChoiceField(
        choices=ORDERINGS, required=False, help_text="arrival, newest first; failures first for administrators."
    )
    include = serializers.CharField(
        required=False, allow_blank=True, help_text="canary, priors or both; for administrators."
    )
    page = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST)
    page_size = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST, help_text="More than 200 are not given at once."
    )


class SpacingSerializer(serializers.Serializer[Any]):
    """How large a pixel is. What is not calibrated is measured at the detector: lengths come out too long."""

    row_mm = serializers.FloatField()
    column_mm = serializers.FloatField()
    attribute = serializers.CharField(help_text="The attribute it is from.")
    magnification = serializers.FloatField(allow_null=True)
    calibrated = serializers.BooleanField()


@extend_schema_field(_POINT)
class PointField(serializers.ListField):
    """x and y, in pixels of the stored image, from the outer corner of its first pixel."""

    child = serializers.FloatField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=2, max_length=2, **kwargs)


class MarkSerializer(serializers.Serializer[Any]):
    """A place that the AI marks."""

    centre = PointField()
    polygon = serializers.ListField(child=PointField())
    is_outline = serializers.BooleanField(help_text="False: the polygon is a circle around the place.")
    score = serializers.FloatField(help_text="That there is something, 0 to 1, not calibrated.")
    probability = serializers.FloatField(help_text="Of cancer, of the whole image.")


class StudyImageSerializer(serializers.Serializer[Any]):
    """An image: how it lies, and what the AI says of it."""

    sop_instance_uid = serializers.CharField()
    series_instance_uid = serializers.CharField()
    sop_class_uid = serializers.CharField()
    transfer_syntax_uid = serializers.CharField()
    laterality = serializers.CharField(allow_null=True)
    view = serializers.CharField(allow_null=True)
    size_bytes = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    readable = serializers.BooleanField(help_text="Whether its file can be read.")
    rows = serializers.IntegerField(allow_null=True)
    columns = serializers.IntegerField(allow_null=True)
    photometric_interpretation = serializers.CharField(allow_null=True)
    spacing = SpacingSerializer(allow_null=True)
    flip_horizontal = serializers.BooleanField(
        allow_null=True, help_text="Mirroring that brings the chest wall to the left edge."
    )
    flip_vertical = serializers.BooleanField(allow_null=True, help_text="Mirroring that brings the head up.")
    patient_orientation = serializers.ListField(child=serializers.CharField(), allow_null=True)
    analysed = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True, help_text="Why it is not analysed.")
    probability = serializers.FloatField(allow_null=True)
    prediction = serializers.CharField(allow_null=True)
    marks = MarkSerializer(many=True)
    has_saliency = serializers.BooleanField()
    input_ready = serializers.BooleanField()


class BreastSerializer(serializers.Serializer[Any]):
    """What the AI says of one breast."""

    laterality = serializers.CharField()
    probability = serializers.FloatField()
    prediction = serializers.CharField()


class ScoringModelSerializer(serializers.Serializer[Any]):
    """Who scored."""

    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField()


class TimelineEventSerializer(serializers.Serializer[Any]):
    """Something that happened: received, complete, analysed, failed, or a delivery's step."""

    event = serializers.CharField(
        help_text="received, complete, analysed, failed, queued, sent, committed, verified, declined or send-failed."
    )
    at = serializers.DateTimeField()
    round = serializers.IntegerField(allow_null=True)
    detail = serializers.CharField(allow_blank=True)
    attempts = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_null=True)


class StudyReportSerializer(serializers.Serializer[Any]):
    """An object that this node wrote."""

    sop_instance_uid = serializers.CharField()
    kind = serializers.ChoiceField(choices=Report.Kind.choices)
    round = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    source_sop_instance_uid = serializers.CharField(allow_null=True, help_text="The image that it shows.")
    html_url = serializers.CharField(allow_null=True, help_text="Its content, of Structured Reports.")
    dicom_url = serializers.CharField()
    path = serializers.CharField()


class DeliveryEventSerializer(serializers.Serializer[Any]):
    """A step of a delivery."""

    state = serializers.CharField()
    at = serializers.DateTimeField()
    reason = serializers.CharField(allow_null=True)


class StudyDeliverySerializer(serializers.Serializer[Any]):
    """A report of the newest round on its way."""

    destination = serializers.CharField()
    state = serializers.CharField()
    attempts = serializers.IntegerField()
    status = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    events = DeliveryEventSerializer(many=True)


class StudyPriorSerializer(serializers.Serializer[Any]):
    """An earlier study of the same patient."""

    study_instance_uid = serializers.CharField()
    study_date = serializers.DateField()
    state = serializers.ChoiceField(choices=Prior.State.choices)
    images_expected = serializers.IntegerField(allow_null=True)
    images_here = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True)
    visible = serializers.BooleanField(help_text="Whether this user may open it.")


class StudyAssessmentSerializer(serializers.Serializer[Any]):
    """A symptom assessment attached to the study."""

    id = serializers.IntegerField()
    level = serializers.CharField()
    language = serializers.CharField()
    audience = serializers.CharField()
    rule_set_version = serializers.CharField()
    created_at = serializers.DateTimeField()
    attached_at = serializers.DateTimeField()
    attached_by = serializers.CharField(allow_null=True)


class PermissionsSerializer(serializers.Serializer[Any]):
    """What this user may do here."""

    review = serializers.BooleanField()
    outcome = serializers.BooleanField()
    staff_actions = serializers.BooleanField()
    share = serializers.BooleanField()


class StudyDetailSerializer(serializers.Serializer[Any]):
    """A study with its newest round. Where ``ai_hidden``, nothing that the AI said is in it."""

    study_instance_uid = serializers.CharField()
    state = serializers.ChoiceField(choices=StudyState.choices)
    patient_id = serializers.CharField(allow_blank=True)
    patient_name = serializers.CharField(allow_blank=True)
    patient_birth_date = serializers.DateField(allow_null=True)
    accession_number = serializers.CharField(allow_blank=True)
    study_date = serializers.DateField(allow_null=True)
    site = SiteSerializer()
    created_at = serializers.DateTimeField()
    last_received_at = serializers.DateTimeField()
    round = serializers.IntegerField()
    failure = FailureSerializer(allow_null=True)
    images = StudyImageSerializer(many=True)
    breasts = BreastSerializer(many=True)
    probability = serializers.FloatField(allow_null=True)
    prediction = serializers.CharField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)
    operating_point = serializers.CharField(allow_null=True)
    operating_point_reached = serializers.BooleanField(allow_null=True)
    threshold = serializers.FloatField(allow_null=True)
    thresholds = serializers.DictField(child=serializers.FloatField(), help_text="By operating point.")
    model = ScoringModelSerializer(allow_null=True)
    timings_ms = serializers.DictField(child=serializers.FloatField())
    timeline = TimelineEventSerializer(many=True)
    reports = StudyReportSerializer(many=True)
    deliveries = StudyDeliverySerializer(many=True)
    priors = StudyPriorSerializer(many=True)
    assessments = StudyAssessmentSerializer(many=True)
    permissions = PermissionsSerializer()
    reading = ReadingSerializer()
    first_impression_recorded = serializers.BooleanField()
    ai_hidden = serializers.BooleanField()
    research_use_only = serializers.BooleanField()


@extend_schema_field(_LINES)
class LinesField(serializers.ListField):
    """Lines below a line."""


class ReportLineSerializer(serializers.Serializer[Any]):
    """One item of a report, with what hangs on it."""

    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    value = serializers.CharField(allow_blank=True)
    children = LinesField()


class ReportContentSerializer(serializers.Serializer[Any]):
    """A report in words."""

    title = serializers.CharField()
    items = ReportLineSerializer(many=True)


class StartedSerializer(serializers.Serializer[Any]):
    """What is under way."""

    started = serializers.IntegerField(help_text="How many rounds or deliveries.")
