"""The runbook has a section for each alert rule, of the node's own and of Prometheus."""

import re

import pytest

from tests.journey.node import REPOSITORY
from webapp.monitoring import rules

RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text(encoding="utf-8")
PROMETHEUS = (REPOSITORY / "deploy" / "prometheus" / "mammonode-rules.yml").read_text(encoding="utf-8")


def _section(kind: str) -> str:
    found = re.search(rf"^## {kind}\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/runbook.md has no section {kind}"
    return found[1]


@pytest.mark.parametrize("kind", [default.kind for default in rules.DEFAULTS])
def test_each_rule_has_its_section_that_says_what_it_means_and_what_to_do(kind: str) -> None:
    text = _section(kind)
    for part in ("**Meaning.**", "**Look.**", "**Do.**"):
        assert part in text


@pytest.mark.parametrize("default", rules.DEFAULTS, ids=lambda default: default.kind)
def test_a_threshold_in_the_runbook_is_the_default_one(default: rules.RuleDefault) -> None:
    for found in re.findall(r"the threshold\s+\(([\d.]+)", _section(default.kind)):
        assert float(found) == default.threshold


def test_no_section_is_left_of_a_rule_that_is_no_more() -> None:
    sections = set(re.findall(r"^## ([a-z_]+)$", RUNBOOK, re.MULTILINE))
    assert sections == {default.kind for default in rules.DEFAULTS}


def test_prometheus_rules_name_sections_that_exist() -> None:
    anchors = set(re.findall(r"docs/runbook\.md#([a-z_-]+)", PROMETHEUS))
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)}
    assert anchors - headings == set()
