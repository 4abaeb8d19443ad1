"""Errors of browser pages: kind and places come through, words do not."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.journey import leaks
from webapp.monitoring.models import ErrorGroup

pytestmark = pytest.mark.django_db

URL = "/api/monitoring/browser-errors/"


@pytest.fixture
def alice(client: Client) -> Client:
    """Alice has a page open."""
    client.force_login(User.objects.create_user("alice"))
    return client


def test_an_error_of_a_page_is_recorded_without_its_words(alice: Client) -> None:
    body = {
        "kind": "TypeError",
        "place": "/assets/index-4f2.js:10:2",
        "message": f"cannot read {leaks.NAME}",
        "frames": ["/assets/index-4f2.js:10:2", f"at {leaks.NAME}", "/assets/vendor.js:1:99"],
    }
    assert alice.post(URL, body, content_type="application/json").status_code == 204
    group = ErrorGroup.objects.get()
    assert (group.origin, group.kind, group.place) == ("BROWSER", "TypeError", "/assets/index-4f2.js:10:2")
    assert group.traceback == "/assets/index-4f2.js:10:2\n/assets/vendor.js:1:99"
    leaks.refuse_patients({"row": repr(ErrorGroup.objects.values()).encode()})


@pytest.mark.parametrize(
    "body",
    [
        {"kind": f"{leaks.NAME}Error", "place": "/a.js:1"},
        {"kind": "TypeError", "place": f"/{leaks.NAME}.js:1"},
        {"kind": "TypeError", "place": "/a.js:1?patient=1"},
        [],
    ],
)
def test_what_has_not_the_form_of_a_kind_and_a_place_is_refused(alice: Client, body: object) -> None:
    assert alice.post(URL, body, content_type="application/json").status_code == 400
    assert ErrorGroup.objects.count() == 0


def test_nobody_reports_without_signing_in(client: Client) -> None:
    assert client.post(URL, {}, content_type="application/json").status_code in {401, 403}
