"""The answer: level, what to do and how soon, why, when to come sooner, and what it is not."""

from typing import Any

from webapp.chatbot import catalogue
from webapp.chatbot.dialogue import State
from webapp.chatbot.rules import Outcome, Rule, rule_set
from webapp.chatbot.understanding import fact_table

SNOMED = "http://snomed.info/sct"
Block = dict[str, Any]
_REASSURING = {"screening_advice", "self_care"}
_SOON_ENOUGH = {"emergency", "urgent_suspected_cancer"}
_TWO_WEEKS_IN_HOURS = 336


def evaluate(state: State) -> Outcome:
    """Return the outcome of what is known; what was not understood is never answered with reassurance."""
    outcome = rule_set().evaluate(state.values(), state.audience)
    if _has_unread(state) and outcome.level in _REASSURING:
        fallback = rule_set().fallback
        return Outcome(fallback.level, (fallback, *outcome.rules))
    return outcome


def assessment_body(state: State, outcome: Outcome) -> dict[str, Any]:
    """Return the assessment in the person's language; the most urgent action comes first."""
    language = state.language
    keys = dict.fromkeys(rule.action for rule in outcome.rules if _is_worth_saying(rule, outcome))
    actions = [catalogue.text(language, "actions", key) for key in keys]
    within_hours = min(rule.within_hours for rule in outcome.rules)
    if _has_unread(state) and outcome.level not in _SOON_ENOUGH:
        actions.insert(0, catalogue.text(language, "safety_netting", "unread"))
        within_hours = min(within_hours, _TWO_WEEKS_IN_HOURS)
    return {
        "level": outcome.level,
        "title": catalogue.text(language, "levels", outcome.level, "title"),
        "how_soon": catalogue.text(language, "levels", outcome.level, "soon"),
        "within_hours": within_hours,
        "actions": actions,
        "facts": known_facts(state),
        "rules": [rule_body(rule) for rule in outcome.rules],
        "safety_netting": {
            "title": catalogue.text(language, "safety_netting", "title"),
            "items": list(catalogue.catalogue(language)["safety_netting"]["items"]),
            "emergency": catalogue.text(language, "safety_netting", "emergency"),
        },
        "disclaimers": list(catalogue.catalogue(language)["disclaimers"]),
        "rule_set_version": rule_set().version,
    }


def _has_unread(state: State) -> bool:
    return state.is_unclear or state.is_partly_unread


def _is_worth_saying(rule: Rule, outcome: Outcome) -> bool:
    """Leave out the advice that a more urgent one makes void ("see your doctor", beside "call now")."""
    if outcome.level == "emergency":
        return rule.level == "emergency"
    is_imaging = "patient" not in rule.audience
    return rule.level == outcome.level or rule.level == "urgent_other" or is_imaging


def rule_body(rule: Rule) -> dict[str, Any]:
    """Return a rule as it is cited."""
    return {
        "id": rule.id,
        "level": rule.level,
        "guideline": rule.guideline.title,
        "version": rule.guideline.version,
        "paragraph": rule.paragraph,
        "url": rule.guideline.url,
        "source_read": rule.guideline.source_read,
        "read_on": rule.guideline.read_on or None,
        "note": rule.note,
    }


def known_facts(state: State) -> list[dict[str, Any]]:
    """Return the facts in the order of the fact table, each with the words it came from."""
    order = list(fact_table())
    names = sorted(state.facts, key=lambda name: order.index(name) if name in order else len(order))
    return [_fact_body(state, name) for name in names if name in order]


def _fact_body(state: State, name: str) -> dict[str, Any]:
    entry = state.facts[name]
    value = entry["value"]
    codes = fact_table()[name]
    code = codes.get("snomed") if value is True else codes.get(value) if isinstance(value, str) else None
    return {
        "name": name,
        "label": catalogue.text(state.language, "facts", name),
        "value": value,
        "value_text": catalogue.spoken(state.language, name, value),
        "uncertain": entry["uncertain"],
        "words": entry["words"],
        "code": {"system": SNOMED, "code": code} if code else None,
    }


def assessment_blocks(body: dict[str, Any]) -> list[Block]:
    """Return the assessment as blocks that a screen reader can walk through."""
    blocks: list[Block] = [
        {"type": "heading", "text": body["title"]},
        {"type": "paragraph", "text": body["how_soon"]},
        {"type": "list", "items": body["actions"]},
    ]
    if body["level"] != "emergency":
        netting = body["safety_netting"]
        blocks += [
            {"type": "heading", "text": netting["title"]},
            {"type": "list", "items": [*netting["items"], netting["emergency"]]},
        ]
    return [*blocks, *({"type": "note", "text": line} for line in body["disclaimers"])]
