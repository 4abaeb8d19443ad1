"""When a study is complete."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.factories import FOUR_VIEWS, make_instance, make_round, make_study
from webapp.studies import completion
from webapp.studies.models import Round, Study, StudyState

pytestmark = pytest.mark.django_db


def test_quiet_study_is_completed_once(settings: Settings) -> None:
    settings.NODE_STUDY_QUIET_SECONDS = 60
    study = make_study(received_at=timezone.now() - timedelta(seconds=61))
    assert [round_.study_id for round_ in completion.complete_quiet()] == [study.pk]
    assert completion.complete_quiet() == []
    study.refresh_from_db()
    assert study.state == StudyState.COMPLETE
    assert study.instances.filter(round__number=1).count() == 4


def test_study_that_received_within_the_quiet_time_waits(settings: Settings) -> None:
    settings.NODE_STUDY_QUIET_SECONDS = 60
    make_study(received_at=timezone.now() - timedelta(seconds=50))
    assert completion.complete_quiet() == []


def test_image_that_came_since_the_choice_postpones_the_round() -> None:
    study = make_study(received_at=timezone.now())
    before = timezone.now() - timedelta(seconds=60)
    assert completion.open_round(study.study_instance_uid, Round.Trigger.QUIET, not_after=before) is None


def test_four_expected_views_complete_at_once() -> None:
    study = make_study(received_at=timezone.now())
    opened = completion.complete_expected([study.study_instance_uid])
    assert [round_.trigger for round_ in opened] == [Round.Trigger.EXPECTED_VIEWS]


@pytest.mark.parametrize("missing", FOUR_VIEWS)
def test_three_views_wait(missing: tuple[str, str]) -> None:
    views = tuple(view for view in FOUR_VIEWS if view != missing)
    study = make_study(received_at=timezone.now(), views=views)
    assert completion.complete_expected([study.study_instance_uid]) == []


def test_view_that_cannot_be_analysed_does_not_count_as_expected() -> None:
    study = make_study(views=FOUR_VIEWS[:3])
    make_instance(study, *FOUR_VIEWS[3], not_analysed="FOR_PROCESSING")
    assert completion.complete_expected([study.study_instance_uid]) == []


def test_expected_views_can_be_switched_off(settings: Settings) -> None:
    settings.NODE_COMPLETE_WHEN_EXPECTED_VIEWS = False
    study = make_study(received_at=timezone.now())
    assert completion.complete_expected([study.study_instance_uid]) == []


def test_late_image_opens_a_second_round_of_its_own() -> None:
    study = make_study()
    make_round(study, state=StudyState.SENT)
    late = make_instance(study)
    Study.objects.filter(pk=study.pk).update(state=StudyState.RECEIVING)
    opened = completion.open_round(study.study_instance_uid, Round.Trigger.STAFF)
    assert opened is not None
    assert opened.number == 2
    assert list(opened.new_instances.all()) == [late]


def test_nothing_new_opens_no_round() -> None:
    study = make_study()
    make_round(study, state=StudyState.SENT)
    assert completion.open_round(study.study_instance_uid, Round.Trigger.STAFF) is None
