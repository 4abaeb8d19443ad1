"""What a wrong setting of the second DICOM port is told before the node starts."""

from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from pytest_django.fixtures import Settings

from tests.certificates import Authority
from webapp.studies.dicom_tls import credentials, dicom_tls_is_sound


@pytest.fixture
def configured(settings: Settings, tmp_path: Path) -> Settings:
    authority = Authority.make(tmp_path)
    node = authority.sign("node")
    settings.NODE_DICOM_TLS_PORT = 2762
    settings.NODE_DICOM_TLS_CERTIFICATE = str(node.certificate)
    settings.NODE_DICOM_TLS_KEY = str(node.key)
    settings.NODE_DICOM_TLS_CA = str(authority.path)
    return settings


def told() -> str:
    found: list[CheckMessage] = dicom_tls_is_sound()
    return " ".join(one.msg for one in found)


def test_tls_is_off_unless_a_port_is_given(settings: Settings) -> None:
    assert settings.NODE_DICOM_TLS_PORT == 0
    assert credentials() is None
    assert told() == ""


def test_a_certificate_a_key_and_an_authority_are_enough(configured: Settings) -> None:
    assert told() == ""
    found = credentials()
    assert found is not None
    assert str(found.key) == configured.NODE_DICOM_TLS_KEY


def test_settings_that_are_missing_are_named(configured: Settings) -> None:
    configured.NODE_DICOM_TLS_KEY = configured.NODE_DICOM_TLS_CA = ""
    assert told() == "NODE_DICOM_TLS_PORT is set and NODE_DICOM_TLS_KEY, NODE_DICOM_TLS_CA not set."


def test_a_file_that_is_not_there_is_named_by_its_setting(configured: Settings, tmp_path: Path) -> None:
    configured.NODE_DICOM_TLS_CA = str(tmp_path / "none.pem")
    assert told() == "NODE_DICOM_TLS_CA names a file that cannot be read."


def test_a_key_of_another_certificate_is_told(configured: Settings, tmp_path: Path) -> None:
    configured.NODE_DICOM_TLS_KEY = str(Authority.make(tmp_path / "other").sign("other").key)
    assert "cannot be used" in told()


def test_a_port_that_is_taken_by_the_node_itself_is_told(configured: Settings) -> None:
    configured.NODE_DICOM_TLS_PORT = configured.NODE_DICOM_PORT
    assert "another port of this node" in told()
