"""Waiting for the reports: it ends when all have ended, and says what is missing when nothing moves."""

from pathlib import Path

import pytest

from scripts.demo.errors import DemoError
from scripts.demo.pacs import AE_TITLE, Pacs, push
from scripts.demo.studies import Study
from scripts.demo.waiting import wait_for_reports
from tests.scripts.demo.node_stand_in import TOKEN, node, serving


def test_a_study_has_ended_when_its_report_is_back_and_it_counts_as_sent(tmp_path: Path, phantom_study: Study) -> None:
    said: list[str] = []
    with serving() as api, node(tmp_path, api) as running, Pacs(tmp_path / "pacs") as pacs:
        api.studies[phantom_study.study_instance_uid] = {"state": "SENT"}
        assert list(push(phantom_study, pacs.port, AE_TITLE))[-1] is None
        facts = wait_for_reports([phantom_study], pacs, running, TOKEN, 60, said.append)
    assert facts == {phantom_study.study_instance_uid: {"state": "SENT"}}
    assert said[-1] == "1 of 1 reports are back"


def test_a_study_that_failed_is_not_waited_for(tmp_path: Path, phantom_study: Study) -> None:
    with serving() as api, node(tmp_path, api) as running, Pacs(tmp_path / "pacs") as pacs:
        api.studies[phantom_study.study_instance_uid] = {"state": "FAILED"}
        facts = wait_for_reports([phantom_study], pacs, running, TOKEN, 60, lambda text: None)
    assert facts[phantom_study.study_instance_uid]["state"] == "FAILED"


def test_a_report_that_does_not_come_is_named_with_what_the_node_says(tmp_path: Path, phantom_study: Study) -> None:
    refused = {"destination": "DEMO_PACS", "state": "RETRYING", "reason": "connection refused"}
    with serving() as api, node(tmp_path, api) as running, Pacs(tmp_path / "pacs") as pacs:
        api.studies[phantom_study.study_instance_uid] = {"state": "ANALYSED", "deliveries": [refused]}
        with pytest.raises(DemoError, match=r"phantom: ANALYSED, no report, .* connection refused"):
            wait_for_reports([phantom_study], pacs, running, TOKEN, 0.1, lambda text: None)
