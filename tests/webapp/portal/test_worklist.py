"""The worklist over HTTP."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import figures
from tests.factories import make_prediction, make_round, make_study, make_user, uid
from webapp.accounts.models import Site, main_site_pk
from webapp.accounts.roles import Role
from webapp.studies.models import ImageResult, Prediction, Review, Round, Study, StudyState
from webapp.studies.selectors import CANARY_PATIENT_ID

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(client: Client) -> Client:
    """Bob is an administrator."""
    client.force_login(make_user("bob", Role.ADMINISTRATOR))
    return client


@pytest.fixture
def site() -> Site:
    return Site.objects.get(pk=main_site_pk())


@pytest.fixture
def alice(client: Client, site: Site) -> Client:
    """Alice reads at the main site."""
    client.force_login(make_user("alice", Role.RADIOLOGIST, sites=(site,)))
    return client


def _listed(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/studies/{query}")
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def _uids(client: Client, query: str = "") -> list[str]:
    return [row["study_instance_uid"] for row in _listed(client, query)]


def _scored(probability: float, *, patient_id: str = "") -> Study:
    study = make_study()
    Study.objects.filter(pk=study.pk).update(patient_id=patient_id)
    round_ = make_round(study, state=StudyState.ANALYSED)
    first = study.instances.all()[0]
    ImageResult.objects.create(round=round_, instance=first, raw_score=0.5, probability=probability, label="Benign")
    make_prediction(round_, probability)
    return study


def test_row_shows_what_was_found_and_who_reads_where(bob: Client) -> None:
    study = _scored(0.7)
    (row,) = _listed(bob)
    assert row["images"] == 4
    assert row["analysed_images"] == 1
    assert row["probability"] == 0.7
    assert row["operating_point_reached"] is True
    assert row["site"] == {"id": study.site.pk, "name": study.site.name}
    assert row["review"] == {"state": "none", "readers": []}
    assert row["failure"] is None


def test_administrators_see_failures_first_and_readers_the_newest(client: Client, site: Site) -> None:
    failed = make_study()
    make_round(failed, state=StudyState.FAILED)
    newer = make_study()
    client.force_login(make_user("bob", Role.ADMINISTRATOR))
    assert _uids(client) == [failed.study_instance_uid, newer.study_instance_uid]
    client.force_login(make_user("alice", Role.RADIOLOGIST, sites=(site,)))
    assert _uids(client) == [newer.study_instance_uid, failed.study_instance_uid]
    assert _uids(client, "?ordering=-arrival") == [failed.study_instance_uid, newer.study_instance_uid]


def test_priority_sorts_by_the_newest_score_and_those_without_one_last(alice: Client) -> None:
    low, without, high = _scored(0.1), make_study(), _scored(0.9)
    again = make_round(high, state=StudyState.ANALYSED)
    make_prediction(again, 0.05)
    wanted = [study.study_instance_uid for study in (low, high, without)]
    assert _uids(alice, "?ordering=priority") == wanted


def test_priority_is_refused_where_it_is_switched_off(alice: Client, settings: Any) -> None:
    settings.NODE_SORT_BY_PRIORITY = False
    answer = alice.get("/api/v1/studies/?ordering=priority")
    assert answer.status_code == 400
    assert "switched off" in answer.json()["detail"]


def test_search_finds_the_beginning_of_an_accession_number_or_patient_id(alice: Client) -> None:
    one, two = make_study(), make_study()
    Study.objects.filter(pk=one.pk).update(accession_number="Acc-77")
    Study.objects.filter(pk=two.pk).update(patient_id="ACC-78")
    assert set(_uids(alice, "?search=acc-7")) == {one.study_instance_uid, two.study_instance_uid}
    assert _uids(alice, "?search=acc-77") == [one.study_instance_uid]
    assert _uids(alice, "?search=cc-77") == []
    assert _uids(alice, "?search=%25") == []


def test_filters_narrow_down(alice: Client, site: Site) -> None:
    failed, receiving = make_study(), make_study()
    make_round(failed, state=StudyState.FAILED)
    assert _uids(alice, "?state=failed") == [failed.study_instance_uid]
    assert len(_uids(alice, f"?state=FAILED,RECEIVING&site={site.pk}")) == 2
    assert _uids(alice, "?site=999") == []
    assert receiving.study_instance_uid in _uids(alice)


@pytest.mark.parametrize(
    "query", ["state=LOST", "ordering=fate", "site=one", "include=all", "page=0", "page_size=x", "limit=-1"]
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(bob: Client, query: str) -> None:
    answer = bob.get(f"/api/v1/studies/?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_canaries_and_priors_are_listed_for_administrators_who_ask(client: Client, site: Site) -> None:
    canary, prior = make_study(), make_study()
    Study.objects.filter(pk=canary.pk).update(patient_id=CANARY_PATIENT_ID)
    Study.objects.filter(pk=prior.pk).update(state=StudyState.PRIOR)
    client.force_login(make_user("bob", Role.ADMINISTRATOR))
    assert _uids(client) == []
    assert _uids(client, "?include=canary") == [canary.study_instance_uid]
    assert len(_uids(client, "?include=canary,priors")) == 2
    client.force_login(make_user("alice", Role.RADIOLOGIST, sites=(site,)))
    assert client.get("/api/v1/studies/?include=priors").status_code == 403


def test_pages_are_numbered(alice: Client) -> None:
    studies = [make_study(views=()) for _ in range(5)]
    body = alice.get("/api/v1/studies/?page=2&page_size=2").json()
    assert body["count"] == 5
    assert [row["study_instance_uid"] for row in body["results"]] == [
        studies[number].study_instance_uid for number in (2, 1)
    ]
    assert "page=3" in body["next"]
    assert alice.get("/api/v1/studies/?page=9").status_code == 404


def test_unchanged_list_is_not_sent_again(alice: Client) -> None:
    study = make_study()
    first = alice.get("/api/v1/studies/")
    again = alice.get("/api/v1/studies/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    make_round(study)
    changed = alice.get("/api/v1/studies/", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_scores_are_withheld_until_the_reader_has_said_a_first_impression(
    client: Client, site: Site, settings: Any
) -> None:
    settings.NODE_AI_AFTER_FIRST_IMPRESSION = True
    study = _scored(0.7)
    alice = make_user("alice", Role.RADIOLOGIST, sites=(site,))
    client.force_login(alice)
    (row,) = _listed(client)
    assert (row["probability"], row["prediction"], row["ai_hidden"]) == (None, None, True)
    Review.objects.create(
        study=study, kind=Review.Kind.FIRST_IMPRESSION, reader=alice, reader_name="alice", ai_was_hidden=True
    )
    (row,) = _listed(client)
    assert (row["probability"], row["ai_hidden"]) == (0.7, False)


def test_number_of_queries_does_not_grow_with_the_page(alice: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        _scored(number / 30)
    with django_assert_max_num_queries(12):
        assert len(_listed(alice, "?page_size=30&ordering=priority")) == 30


def test_ten_thousand_studies_are_listed(alice: Client) -> None:
    now, site = timezone.now(), main_site_pk()
    studies = [
        Study(
            study_instance_uid=uid(),
            last_received_at=now - timedelta(minutes=number),
            accession_number=f"A{number:06}",
            state=StudyState.ANALYSED,
            site_id=site,
        )
        for number in range(10_000)
    ]
    Study.objects.bulk_create(studies, batch_size=1000)
    rounds = [
        Round(study=study, number=1, trigger=Round.Trigger.QUIET, completed_at=now, queued_at=now) for study in studies
    ]
    Round.objects.bulk_create(rounds, batch_size=1000)
    Prediction.objects.bulk_create(
        [
            Prediction(round=round_, model_name="m", model_version="1", model_sha256="0", threshold=0.5, probability=p)
            for round_, p in zip(rounds, (number / 10_000 for number in range(10_000)), strict=True)
        ],
        batch_size=1000,
    )
    for query in ("ordering=arrival", "ordering=priority", "search=A0099", "page=150&ordering=failures"):
        started = time.perf_counter()
        assert len(_listed(alice, f"?{query}")) == 50
        took_ms = (time.perf_counter() - started) * 1000
        figures.note(f"worklist of 10,000 studies, a page with {query}: {took_ms:.0f} ms")
