"""The client's address: the proxy's word counts, a client's own does not."""

import pytest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from webapp.audit import checks
from webapp.audit.addresses import client_address

PROXY, CLIENT, STRANGER = "127.0.0.1", "192.0.2.7", "198.51.100.9"


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "expected"),
    [
        ((), PROXY, CLIENT, PROXY),
        ((), STRANGER, CLIENT, STRANGER),
        ((PROXY,), PROXY, CLIENT, CLIENT),
        ((PROXY,), STRANGER, CLIENT, STRANGER),
        ((PROXY,), PROXY, None, PROXY),
        ((PROXY,), PROXY, "<script>", PROXY),
        ((PROXY,), PROXY, f"10.9.9.9, {CLIENT}", CLIENT),
        ((PROXY,), PROXY, f"10.9.9.9, unknown, {CLIENT}", CLIENT),
        ((PROXY, "10.0.0.0/24"), PROXY, f"10.9.9.9, {CLIENT}, 10.0.0.4", CLIENT),
        ((PROXY, "10.0.0.0/24"), PROXY, "unknown, 10.0.0.4", "10.0.0.4"),
        ((PROXY,), f"::ffff:{PROXY}", f"::ffff:{CLIENT}", CLIENT),
        (("2001:db8::/32",), "2001:db8::1", "2001:DB9::00FF", "2001:db9::ff"),
        ((PROXY,), "", CLIENT, ""),
    ],
)
def test_whose_address_it_is(
    settings: Settings, trusted: tuple[str, ...], peer: str, forwarded: str | None, expected: str
) -> None:
    settings.NODE_TRUSTED_PROXIES = trusted
    more = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **more)) == expected  # type: ignore[arg-type]


def test_a_proxy_by_name_is_refused_in_a_sentence(settings: Settings) -> None:
    settings.NODE_TRUSTED_PROXIES = ("proxy.example.org",)
    (error,) = checks.proxies_are_addresses()
    assert error.id == "audit.E004"
    assert "proxy.example.org" in error.msg
    settings.NODE_TRUSTED_PROXIES = ("127.0.0.1", "10.0.0.0/24", "::1")
    assert checks.proxies_are_addresses() == []
