"""What readers send and are given: reviews and outcomes."""

from typing import Any, Final

from rest_framework import serializers

from webapp.paging import LARGEST
from webapp.portal.serializers import PointField
from webapp.studies import readings, reviewing, verdicts
from webapp.studies.models import OutcomeEntry, Review
from webapp.studies.review_models import Agreement
from webapp.studies.reviewing import BreastWord, FindingWord, Word

SIDES: Final = ["L", "R"]
DENSITIES: Final = ["a", "b", "c", "d"]
_MOST_FINDINGS: Final = 100
_CORNERS: Final = (3, 200)
_LONGEST_TEXT: Final = 2_000
_LONGEST_COMMENT: Final = 10_000


class BreastWordSerializer(serializers.Serializer[BreastWord]):
    """What is said of one breast."""

    laterality = serializers.ChoiceField(choices=SIDES)
    agreement = serializers.ChoiceField(choices=Agreement.choices, default=Agreement.NONE.value)
    birads = serializers.ChoiceField(choices=list(readings.CATEGORIES), allow_null=True, default=None)
    density = serializers.ChoiceField(choices=DENSITIES, allow_null=True, default=None)


class FindingWordSerializer(serializers.Serializer[FindingWord]):
    """What is said of one of the AI's marks (``mark_index``), or an own mark (``polygon``)."""

    sop_instance_uid = serializers.CharField(max_length=64)
    mark_index = serializers.IntegerField(min_value=0, max_value=10_000, allow_null=True, default=None)
    agreement = serializers.ChoiceField(choices=Agreement.choices, default=Agreement.NONE.value)
    polygon = serializers.ListField(
        child=PointField(), min_length=_CORNERS[0], max_length=_CORNERS[1], allow_null=True, default=None
    )
    text = serializers.CharField(max_length=_LONGEST_TEXT, allow_blank=True, default="")


class NewReviewSerializer(serializers.Serializer[Word]):
    """A review. Who says it and when, and whether the AI was hidden, the node knows itself."""

    kind = serializers.ChoiceField(choices=Review.Kind.choices)
    breasts = BreastWordSerializer(many=True, default=list, max_length=len(SIDES))  # type: ignore[call-arg]
    findings = FindingWordSerializer(many=True, default=list, max_length=_MOST_FINDINGS)  # type: ignore[call-arg]
    comment = serializers.CharField(max_length=_LONGEST_COMMENT, allow_blank=True, default="")
    round = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST,
        allow_null=True,
        default=None,
        help_text="The analysis that the reader saw; where there is a newer one, the review is refused.",
    )

    def validate_breasts(self, breasts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse two words on one breast."""
        sides = [breast["laterality"] for breast in breasts]
        if len(set(sides)) < len(sides):
            raise serializers.ValidationError("Each breast is named once.")
        return breasts

    def word(self) -> Word:
        """Return what was sent and found well-formed; a breast of which nothing is said is left out."""
        sent = self.validated_data
        breasts = (
            BreastWord(row["laterality"], row["agreement"], row["birads"] or "", row["density"] or "")
            for row in sent["breasts"]
        )
        return Word(
            kind=sent["kind"],
            breasts=tuple(row for row in breasts if row != BreastWord(row.laterality)),
            findings=tuple(_finding(row) for row in sent["findings"]),
            comment=sent["comment"],
            round_number=sent["round"],
        )


def _finding(row: dict[str, Any]) -> FindingWord:
    corners = row["polygon"]
    polygon = None if corners is None else tuple((float(x), float(y)) for x, y in corners)
    return FindingWord(row["sop_instance_uid"], row["mark_index"], row["agreement"], polygon, row["text"])


class BreastSaidSerializer(serializers.Serializer[Any]):
    """What was said of one breast."""

    laterality = serializers.ChoiceField(choices=SIDES)
    agreement = serializers.ChoiceField(choices=Agreement.choices)
    birads = serializers.ChoiceField(choices=list(readings.CATEGORIES), allow_null=True)
    density = serializers.ChoiceField(choices=DENSITIES, allow_null=True)


class FindingSaidSerializer(serializers.Serializer[Any]):
    """What was said of one of the AI's marks (``mark_index``), or an own mark (``polygon``)."""

    sop_instance_uid = serializers.CharField()
    mark_index = serializers.IntegerField(allow_null=True)
    agreement = serializers.ChoiceField(choices=Agreement.choices)
    polygon = serializers.ListField(child=PointField(), allow_null=True)
    text = serializers.CharField(allow_blank=True)


class ReviewSerializer(serializers.Serializer[Any]):
    """A review as it was taken."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Review.Kind.choices)
    reader = serializers.CharField(help_text="As the reader was called then.")
    mine = serializers.BooleanField()
    at = serializers.DateTimeField()
    round = serializers.IntegerField(allow_null=True, help_text="The newest analysis then.")
    ai_was_hidden = serializers.BooleanField()
    breasts = BreastSaidSerializer(many=True)
    findings = FindingSaidSerializer(many=True)
    comment = serializers.CharField(allow_blank=True)


class ReviewListSerializer(serializers.Serializer[Any]):
    """What this user is shown of the readers' words, oldest first."""

    results = ReviewSerializer(many=True)
    withheld = serializers.BooleanField(help_text="Others have spoken; their words are shown after this user's own.")


class NewOutcomeSerializer(serializers.Serializer[Any]):
    """What became of the study; without a side, of both breasts."""

    kind = serializers.ChoiceField(choices=OutcomeEntry.Kind.choices)
    laterality = serializers.ChoiceField(choices=SIDES, allow_null=True, default=None)
    happened_on = serializers.DateField()
    text = serializers.CharField(max_length=_LONGEST_TEXT, allow_blank=True, default="")

    def entry(self) -> verdicts.NewOutcome:
        """Return what was sent and found well-formed."""
        sent = self.validated_data
        return verdicts.NewOutcome(sent["kind"], sent["happened_on"], sent["laterality"] or "", sent["text"])


class OutcomeSerializer(serializers.Serializer[Any]):
    """An outcome as it was entered."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=OutcomeEntry.Kind.choices)
    laterality = serializers.ChoiceField(choices=SIDES, allow_null=True)
    happened_on = serializers.DateField()
    text = serializers.CharField(allow_blank=True)
    entered_by = serializers.CharField(help_text="As the person was called then.")
    at = serializers.DateTimeField()


class OutcomeListSerializer(serializers.Serializer[Any]):
    """What this user is shown of what became of the study, oldest entry first."""

    results = OutcomeSerializer(many=True)
    withheld = serializers.BooleanField(help_text="Others entered something; it is shown after this user's reading.")


def review_body(review: Review, user_pk: int | None) -> dict[str, Any]:
    """Return one review."""
    word = reviewing.word_of(review)
    return {
        "id": review.pk,
        "kind": review.kind,
        "reader": review.reader_name,
        "mine": review.reader_id == user_pk,
        "at": review.at.isoformat(),
        "round": None if review.round is None else review.round.number,
        "ai_was_hidden": review.ai_was_hidden,
        "breasts": [
            {
                "laterality": row.laterality,
                "agreement": row.agreement,
                "birads": row.birads or None,
                "density": row.density or None,
            }
            for row in word.breasts
        ],
        "findings": [
            {
                "sop_instance_uid": row.sop_instance_uid,
                "mark_index": row.mark_index,
                "agreement": row.agreement,
                "polygon": None if row.polygon is None else [list(point) for point in row.polygon],
                "text": row.text,
            }
            for row in word.findings
        ],
        "comment": review.comment,
    }


def outcome_body(row: OutcomeEntry) -> dict[str, Any]:
    """Return one outcome."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "laterality": row.laterality or None,
        "happened_on": row.happened_on.isoformat(),
        "text": row.text,
        "entered_by": row.entered_by_name,
        "at": row.at.isoformat(),
    }
