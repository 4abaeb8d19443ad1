"""What no name, number or time in an address is, is refused in a sentence: it is no error of the node."""

import pytest
from django.test import Client

from tests.factories import make_user
from webapp.accounts.roles import Role

pytestmark = pytest.mark.django_db

ADDRESSES = (
    "/api/v1/studies/1.2%00/",
    "/api/v1/studies/1.2%00/reviews/",
    "/api/v1/studies/1.2/images/1.2%00/input.png",
    "/api/v1/studies/1.2/reports/1.2%00.dcm",
    "/api/v1/studies/?search=%00",
    "/api/v1/studies/?search=a%00b&page=1",
    "/api/v1/audit/events/?actor=%00",
    "/api/v1/audit/events/?search=%00",
    "/api/v1/monitoring/predictions/?asked_by=%00",
    "/dicom-web/studies/1.2%00/metadata",
    "/dicom-web/studies?PatientName=%00",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_nul_is_refused_in_a_sentence(address: str) -> None:
    client = Client()
    client.force_login(make_user("root", Role.ADMINISTRATOR, Role.RADIOLOGIST))
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "NUL" in answer.json()["detail"]


TOO_FAR = ("0001-01-01T00:00:00%2B10:00", "9999-12-31T23:59:59-10:00")


@pytest.mark.parametrize("moment", TOO_FAR)
def test_a_time_before_the_first_day_or_behind_the_last_is_refused(moment: str) -> None:
    client = Client()
    client.force_login(make_user("root", Role.ADMINISTRATOR))
    for address in (
        "audit/events/?since=",
        "audit/events/?until=",
        "monitoring/predictions/?since=",
        "diagnosis/?created_after=",
    ):
        assert client.get(f"/api/v1/{address}{moment}").status_code == 400


def test_a_site_of_many_digits_is_refused() -> None:
    client = Client()
    client.force_login(make_user("root", Role.ADMINISTRATOR))
    for digits in (30, 5000):
        assert client.get(f"/api/v1/studies/?site={digits * '0'}1{digits * '9'}").status_code == 400


def test_what_only_looks_like_a_nul_is_taken() -> None:
    client = Client()
    client.force_login(make_user("root", Role.ADMINISTRATOR))
    assert client.get("/api/v1/studies/?search=%2500").status_code == 200
