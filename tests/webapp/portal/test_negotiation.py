"""What a client says it takes: read whatever it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from webapp.portal import caching, negotiation
from webapp.portal.negotiation import MediaRange

OCTETS = "application/octet-stream"


def _asking(**headers: str) -> Request:
    return Request(APIRequestFactory().get("/", headers=headers))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [MediaRange("*/*")]),
        (
            f"multipart/related; type={OCTETS}; transfer-syntax=*",
            [MediaRange("multipart/related", OCTETS, "*")],
        ),
        (
            f'multipart/related; type="{OCTETS}";transfer-syntax="1.2" , IMAGE/JLS',
            [MediaRange("multipart/related", OCTETS, "1.2"), MediaRange("image/jls")],
        ),
        ("a/b;q=0.2, c/d, e/f;q=0, g/h;q=0.9", [MediaRange("c/d"), MediaRange("g/h"), MediaRange("a/b")]),
        ('a/b; type="x,y;z"', [MediaRange("a/b", "x,y;z")]),
        ("a/b;q=high,,;", [MediaRange("a/b")]),
    ],
)
def test_ranges_are_read_in_the_order_of_their_weight(text: str, found: list[MediaRange]) -> None:
    assert negotiation.accepted(_asking(Accept=text)) == found


@given(text=st.text(st.sampled_from('ab/*;,=q01." ')), asked=st.text(st.sampled_from("bytes=-,0123 ")))
def test_any_text_is_read(text: str, asked: str) -> None:
    for wanted in negotiation.accepted(_asking(Accept=text)):
        wanted.takes(OCTETS, multipart=wanted.is_multipart)
    answer = caching.in_range(_asking(Range=f"bytes={asked}"), b"0123456789", OCTETS, '"tag"')
    assert answer.status_code in {200, 206, 416}
