"""What a reader says of a study: the rules it must keep, and the rows it becomes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from dicom_node import attributes
from dicom_node.errors import DicomNodeError
from webapp.studies import readings, selectors, verdicts
from webapp.studies.errors import WordRefusedError
from webapp.studies.headers import read_header
from webapp.studies.models import BreastReview, FindingReview, ImageResult, Instance, Review, Round, Study
from webapp.studies.review_models import Agreement

SAME_WORD_WITHIN: Final = timedelta(minutes=1)
"""The same words of the same reader within this time are a double click, or a request sent again."""

Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class BreastWord:
    """What is said of one breast."""

    laterality: str
    agreement: str = Agreement.NONE.value
    birads: str = ""
    density: str = ""


@dataclass(frozen=True)
class FindingWord:
    """What is said of one of the AI's marks, or a mark of the reader's own."""

    sop_instance_uid: str
    mark_index: int | None = None
    agreement: str = Agreement.NONE.value
    polygon: Polygon | None = None
    text: str = ""


@dataclass(frozen=True)
class Word:
    """A review as the reader wrote it."""

    kind: str
    breasts: tuple[BreastWord, ...] = ()
    findings: tuple[FindingWord, ...] = ()
    comment: str = ""
    # the analysis that the reader saw, where the page says so
    round_number: int | None = None


@transaction.atomic
def record_review(reader: User, study: Study, word: Word) -> tuple[Review, bool]:
    """Write the review of a reader who sees the study; return it, and whether it is new.

    Raises
    ------
    WordRefusedError
        Where it says nothing, breaks a rule of reading, or speaks of what is not there.
    """
    # readers of one study come one by one: each is judged by what the others said
    Study.objects.select_for_update().get(pk=study.pk)
    earlier = _said_just_now(reader, study, word)
    if earlier is not None:
        return earlier, False
    hidden = selectors.ai_hidden_from(reader, study)
    newest = study.rounds.order_by("-number").first()
    _refuse_silence(word)
    _refuse_kind(reader, study, word, hidden=hidden)
    _refuse_old_round(word, newest)
    images = _images(study, word)
    if hidden:
        _refuse_words_on_hidden(word)
    for finding in word.findings:
        _refuse_finding(newest, finding, images[finding.sop_instance_uid])
    review = Review.objects.create(
        study=study,
        round=newest,
        kind=word.kind,
        reader=reader,
        reader_name=name_of(reader),
        ai_was_hidden=hidden and not selectors.was_shown_by_upload(reader, study),
        comment=word.comment,
    )
    _write_parts(review, word, images)
    verdicts.tell(study, reader)
    return review, True


def name_of(person: User) -> str:
    """Return how an account is called in what it wrote."""
    return (person.get_full_name().strip() or person.get_username())[:150]


def word_of(review: Review) -> Word:
    """Return what was said, from its rows; which analysis was seen then, the review says."""
    return Word(
        kind=review.kind,
        breasts=tuple(
            BreastWord(row.laterality, row.agreement, row.birads, row.density) for row in review.breasts.all()
        ),
        findings=tuple(
            FindingWord(
                row.instance.sop_instance_uid,
                row.mark_index,
                row.agreement,
                None if row.polygon is None else tuple((x, y) for x, y in row.polygon),
                row.text,
            )
            for row in review.findings.all()
        ),
        comment=review.comment,
    )


def _said_just_now(reader: User, study: Study, word: Word) -> Review | None:
    newest: Review | None = study.reviews.filter(reader=reader).order_by("-id").first()
    if newest is None or newest.at < timezone.now() - SAME_WORD_WITHIN:
        return None
    return newest if word_of(newest) == replace(word, round_number=None) else None


def _refuse_silence(word: Word) -> None:
    if not (word.breasts or word.findings or word.comment.strip()):
        raise WordRefusedError("This review says nothing. Say something of a breast, a mark, or in the comment.")


def _refuse_kind(reader: User, study: Study, word: Word, *, hidden: bool) -> None:
    reviews = selectors.all_reviews_of(study)
    if word.kind in readings.open_kinds(reader.pk, reviews, ai_is_hidden=hidden):
        return
    raise WordRefusedError(_why_closed(reader, reviews, word, hidden=hidden), comes_too_late=True)


def _why_closed(reader: User, reviews: list[Review], word: Word, *, hidden: bool) -> str:
    if hidden:
        return "Record your first impression before a reading: the AI's results are still hidden from you."
    if word.kind == Review.Kind.FIRST_IMPRESSION:
        return "You have been shown the AI's results, so this is no first impression any more. Record a reading."
    if any(row.kind == Review.Kind.ARBITRATION for row in reviews):
        return "This study has been arbitrated, and its reading is final. Reload it to see what was decided."
    newest = readings.newest_readings(reviews)
    if word.kind == Review.Kind.READING:
        agree = readings.state_of(reviews).state != "differs"
        return (
            "Two readers have read this study, and they agree. Nothing more is to be read."
            if agree
            else "Two readers have read this study, and they differ. Record an arbitration."
        )
    if reader.pk in newest:
        return "You have read this study yourself, so another reader has to arbitrate."
    return "There is nothing to arbitrate: no two readers differ. Record a reading."


def _refuse_words_on_hidden(word: Word) -> None:
    on_breasts = any(breast.agreement != Agreement.NONE for breast in word.breasts)
    on_marks = any(one.agreement != Agreement.NONE or one.mark_index is not None for one in word.findings)
    if on_breasts or on_marks:
        raise WordRefusedError(
            "A first impression says nothing of the AI's results, which were hidden. Leave out what you say of them."
        )


def _images(study: Study, word: Word) -> dict[str, Instance]:
    if not study.instances.exists():
        raise WordRefusedError("No image of this study has come yet. Wait until there is one.", comes_too_late=True)
    wanted = {finding.sop_instance_uid for finding in word.findings}
    found = {row.sop_instance_uid: row for row in study.instances.filter(sop_instance_uid__in=wanted)}
    if wanted - found.keys():
        raise WordRefusedError("A finding names an image that is not in this study. Reload the study.")
    return found


def _refuse_old_round(word: Word, newest: Round | None) -> None:
    """Marks are named by their place in a list, and each analysis has a list of its own."""
    if word.round_number is not None and word.round_number != (0 if newest is None else newest.number):
        raise WordRefusedError(
            "This study was analysed again since you opened it. Look at the new results, then save.",
            comes_too_late=True,
        )


def _refuse_finding(newest: Round | None, finding: FindingWord, image: Instance) -> None:
    if (finding.mark_index is None) == (finding.polygon is None):
        raise WordRefusedError("A finding is one of the AI's marks (mark_index) or an own mark (polygon), not both.")
    if finding.polygon is not None:
        if finding.agreement != Agreement.NONE:
            raise WordRefusedError("An own mark agrees with nothing. Send its agreement as none.")
        _refuse_outside(finding.polygon, image)
        return
    result = ImageResult.objects.filter(round=newest, instance=image).first()
    if result is None or int(finding.mark_index or 0) >= len(result.marks):
        raise WordRefusedError("A finding names a mark that the AI has not made. Reload the study.")


def _refuse_outside(polygon: Polygon, image: Instance) -> None:
    try:
        header = read_header(settings.NODE_ARCHIVE_DIR / image.path)
        columns, rows = attributes.integer(header, "Columns"), attributes.integer(header, "Rows")
    except (DicomNodeError, OSError):
        columns = rows = None
    if not columns or not rows:
        raise WordRefusedError("The image of a mark cannot be read now, so its place cannot be checked. Leave it out.")
    # what is no number is not inside, either
    if not all(0 <= x <= columns and 0 <= y <= rows for x, y in polygon):
        raise WordRefusedError(f"A mark lies outside its image of {columns} x {rows} pixels. Draw it inside.")


def _write_parts(review: Review, word: Word, images: dict[str, Instance]) -> None:
    BreastReview.objects.bulk_create(_breasts(review, word))
    FindingReview.objects.bulk_create(
        FindingReview(
            review=review,
            instance=images[finding.sop_instance_uid],
            mark_index=finding.mark_index,
            agreement=finding.agreement,
            polygon=None if finding.polygon is None else [list(point) for point in finding.polygon],
            text=finding.text,
        )
        for finding in word.findings
    )


def _breasts(review: Review, word: Word) -> Iterable[BreastReview]:
    for breast in word.breasts:
        yield BreastReview(
            review=review,
            laterality=breast.laterality,
            agreement=breast.agreement,
            birads=breast.birads,
            density=breast.density,
        )
