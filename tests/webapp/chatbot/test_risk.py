"""The Gail model against the figures of its published program."""

from dataclasses import replace

import pytest
from django.core.cache import cache
from django.test import Client

from webapp.chatbot.risk import Woman, absolute_risk, populations, relative_risk

TYPICAL = Woman(
    age=40,
    population="white",
    biopsies=1,
    age_at_menarche=12,
    age_at_first_birth=25,
    relatives=1,
    hyperplasia="unknown",
)
HIGH = Woman(
    age=45, population="white", biopsies=2, age_at_menarche=10, nulliparous=True, relatives=2, hyperplasia="yes"
)
# population: relative risk under 50 and from 50, absolute risk in per cent
TYPICAL_40_TO_50 = {
    "white": (5.1407908505, 3.8542037918, 4.5136216073),
    "african_american": (2.5223459588, 2.2552215947, 2.7300575728),
    "hispanic_us_born": (1.6414838814, 1.6414838814, 1.8869997821),
    "hispanic_foreign_born": (8.2800352729, 8.2800352729, 3.337429861),
    "chinese_american": (7.1868315613, 7.1868315613, 3.9785550501),
    "japanese_american": (7.1868315613, 7.1868315613, 4.9921994486),
    "filipino_american": (7.1868315613, 7.1868315613, 4.8802680186),
    "hawaiian": (7.1868315613, 7.1868315613, 6.8664096125),
    "other_pacific_islander": (7.1868315613, 7.1868315613, 2.5347624258),
    "other_asian": (7.1868315613, 7.1868315613, 3.0822121069),
}
HIGH_45_TO_55 = {
    "white": (31.0623947863, 17.4600069888, 24.125253066),
    "african_american": (8.8636822001, 7.0857090098, 11.4017761885),
    "hispanic_us_born": (3.7669813318, 3.7669813318, 5.8245861091),
    "hispanic_foreign_born": (31.1558049775, 31.1558049775, 16.0564828123),
    "chinese_american": (24.5010408729, 24.5010408729, 15.8392569501),
    "japanese_american": (24.5010408729, 24.5010408729, 23.4178324615),
    "filipino_american": (24.5010408729, 24.5010408729, 21.3997396725),
    "hawaiian": (24.5010408729, 24.5010408729, 29.2279753785),
    "other_pacific_islander": (24.5010408729, 24.5010408729, 14.5300240896),
    "other_asian": (24.5010408729, 24.5010408729, 13.4772413319),
}
# age, until, biopsies, hyperplasia, menarche, first birth, relatives: relative risks, own and average risk in per cent
WHITE = [
    (30, 35, 0, "unknown", 14, 22, 0, 1.2443660728, 1.2443660728, 0.095603326859, 0.11459074375),
    (50, 60, None, "unknown", None, None, None, 1.0, 1.0, 1.3863082967, 2.7276339471),
    (70, 80, 1, "unknown", 12, 28, 0, 2.8878922711, 2.1651387239, 4.5936976595, 4.1597343058),
    (55, 65, 3, "unknown", 11, 30, 1, 9.8581274758, 5.5412010506, 8.956792832, 3.1886354535),
    (42, 52, 1, "no", 12, 26, 3, 8.5106323648, 6.3806741969, 7.7073715194, 1.8141162543),
    (38, 48, 1, "unknown", 9, 24, 1, 5.4926036715, 4.1179683269, 4.0939728739, 1.2634915008),
]


def test_no_biopsy_and_one_relative_gives_the_reference_values() -> None:
    woman = replace(TYPICAL, biopsies=0)
    assert relative_risk(woman).under_50 == pytest.approx(3.0281224107, abs=1e-6)
    found = absolute_risk(woman, 50)
    assert 100 * found.absolute == pytest.approx(2.684034074, abs=1e-6)
    assert 100 * found.average == pytest.approx(1.5338974272, abs=1e-6)


@pytest.mark.parametrize("population", TYPICAL_40_TO_50)
def test_typical_woman_of_each_population_gives_the_reference_values(population: str) -> None:
    under_50, from_50, absolute = TYPICAL_40_TO_50[population]
    woman = replace(TYPICAL, population=population)
    assert relative_risk(woman).under_50 == pytest.approx(under_50, abs=1e-6)
    assert relative_risk(woman).from_50 == pytest.approx(from_50, abs=1e-6)
    assert 100 * absolute_risk(woman, 50).absolute == pytest.approx(absolute, abs=1e-6)


@pytest.mark.parametrize("population", HIGH_45_TO_55)
def test_woman_at_high_risk_of_each_population_gives_the_reference_values(population: str) -> None:
    under_50, from_50, absolute = HIGH_45_TO_55[population]
    woman = replace(HIGH, population=population)
    assert relative_risk(woman).under_50 == pytest.approx(under_50, abs=1e-6)
    assert relative_risk(woman).from_50 == pytest.approx(from_50, abs=1e-6)
    assert 100 * absolute_risk(woman, 55).absolute == pytest.approx(absolute, abs=1e-6)


@pytest.mark.parametrize("case", WHITE, ids=lambda case: f"{case[0]}-to-{case[1]}")
def test_other_white_women_give_the_reference_values(case: tuple[float, ...]) -> None:
    age, until, biopsies, hyperplasia, menarche, birth, relatives, under_50, from_50, own, average = case
    woman = Woman(age, "white", biopsies, hyperplasia, menarche, birth, False, relatives)  # type: ignore[arg-type]
    assert relative_risk(woman).under_50 == pytest.approx(under_50, abs=1e-6)
    assert relative_risk(woman).from_50 == pytest.approx(from_50, abs=1e-6)
    found = absolute_risk(woman, int(until))
    assert 100 * found.absolute == pytest.approx(own, abs=1e-6)
    assert 100 * found.average == pytest.approx(average, abs=1e-6)


def test_every_population_has_a_reference_value() -> None:
    assert set(populations()) == set(TYPICAL_40_TO_50) == set(HIGH_45_TO_55)


def test_empty_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="interval"):
        absolute_risk(TYPICAL, 40)


@pytest.fixture
def ask(client: Client, db: None) -> Client:
    """A client whose allowance of requests is whole."""
    cache.clear()
    return client


ANSWERS = {
    "age": 40,
    "population": "white",
    "biopsies": 0,
    "age_at_menarche": 12,
    "age_at_first_birth": 25,
    "relatives": 1,
}


def test_risk_comes_with_the_average_womans_beside_it(ask: Client) -> None:
    body = ask.post("/api/risk/gail/", ANSWERS, content_type="application/json").json()
    assert body["five_year"]["until_age"] == 45
    assert body["lifetime"]["until_age"] == 90
    assert body["five_year"]["own"] > body["five_year"]["average"] > 0
    assert body["relative_risk"]["under_50"] == pytest.approx(3.0281224107, abs=1e-6)
    assert "per cent" in body["unit"]
    assert "not a diagnosis" in body["disclaimer"]


@pytest.mark.parametrize(
    "reason", ["breast_cancer", "lcis", "dcis", "chest_radiotherapy", "gene_variant", "young", "old", "population"]
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_risk_is_refused_with_its_reason(ask: Client, reason: str, language: str) -> None:
    others: dict[str, dict[str, object]] = {
        "young": {"age": 34},
        "old": {"age": 86},
        "population": {"population": "martian"},
    }
    changed = others.get(reason, {reason: True})
    answer = ask.post("/api/risk/gail/", {**ANSWERS, **changed, "language": language}, content_type="application/json")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 20


@pytest.mark.parametrize("age", [35, 85])
def test_the_ages_at_the_border_get_an_estimate(ask: Client, age: int) -> None:
    body = ask.post("/api/risk/gail/", {**ANSWERS, "age": age}, content_type="application/json").json()
    assert 0 < body["five_year"]["own"] <= body["lifetime"]["own"] < 100


@pytest.mark.parametrize(
    "changed",
    [
        {"nulliparous": True},
        {"age_at_first_birth": 50},
        {"age_at_menarche": 26},
        {"hyperplasia": "yes"},
        {"biopsies": -1},
        {"age": "old"},
    ],
)
def test_contradictory_answers_are_refused(ask: Client, changed: dict[str, object]) -> None:
    answer = ask.post("/api/risk/gail/", {**ANSWERS, **changed}, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
