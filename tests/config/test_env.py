"""The typed readers of the environment."""

from pathlib import Path

import pytest

from config import env


def test_text_reads_the_file_that_a_secret_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    monkeypatch.setenv("SOME_SECRET_FILE", str(secret))
    assert env.text("SOME_SECRET") == "hush"


def test_text_refuses_a_value_and_a_file_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SECRET", "a")
    monkeypatch.setenv("SOME_SECRET_FILE", "b")
    with pytest.raises(env.SettingError, match="keep one"):
        env.text("SOME_SECRET")


def test_text_says_which_secret_file_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "absent"))
    with pytest.raises(env.SettingError, match=r"SOME_SECRET_FILE names .*absent"):
        env.text("SOME_SECRET")


@pytest.mark.parametrize(("found", "value"), [("true", True), ("YES", True), ("1", True), ("off", False), ("0", False)])
def test_boolean_reads_common_words(monkeypatch: pytest.MonkeyPatch, found: str, value: bool) -> None:
    monkeypatch.setenv("SWITCH", found)
    assert env.boolean("SWITCH", not value) is value


def test_boolean_refuses_any_other_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCH", "maybe")
    with pytest.raises(env.SettingError, match="true or false is expected"):
        env.boolean("SWITCH", True)


@pytest.mark.parametrize("found", ["x", "1.5", "0", "65536"])
def test_integer_refuses_what_is_no_port(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    monkeypatch.setenv("PORT", found)
    with pytest.raises(env.SettingError, match="PORT is"):
        env.integer("PORT", 104, minimum=1, maximum=65535)


@pytest.mark.parametrize("found", ["nan", "-1", "inf", "fast"])
def test_number_refuses_what_is_no_duration(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    monkeypatch.setenv("SECONDS", found)
    with pytest.raises(env.SettingError, match="SECONDS is"):
        env.number("SECONDS", 1.0)


def test_words_leave_out_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIST", " a, ,b ,")
    assert env.words("LIST") == ("a", "b")
