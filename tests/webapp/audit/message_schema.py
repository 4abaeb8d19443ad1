"""The rules of PS3.15 A.5.1 for the structure of an AuditMessage, as a table and a walk over it."""

import base64
import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_NUMBERS_15 = {str(number) for number in range(1, 16)}
_NUMBERS_26 = {str(number) for number in range(1, 27)}
ONE, MAYBE, MANY, SOME = (1, 1), (0, 1), (0, 1 << 30), (1, 1 << 30)


def _token(text: str) -> bool:
    return text == " ".join(text.split()) != ""


def _base64(text: str) -> bool:
    return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text


def _integer(text: str) -> bool:
    return re.fullmatch(r"-?\d+", text) is not None


@dataclass(frozen=True)
class Rule:
    """Attributes (name -> allowed values or a test; a name with ? may be missing), children in order, and text."""

    attributes: dict[str, object] = field(default_factory=dict)
    children: tuple[tuple[str, tuple[int, int]], ...] = ()
    text: object = None


_BOOLEAN = {"true", "false", "1", "0"}
_CODED = Rule({"csd-code": _token, "codeSystemName": _token, "displayName?": _token, "originalText": _token})
RULES = {
    "AuditMessage": Rule(
        children=(
            ("EventIdentification", ONE),
            ("ActiveParticipant", SOME),
            ("AuditSourceIdentification", ONE),
            ("ParticipantObjectIdentification", MANY),
        )
    ),
    "EventIdentification": Rule(
        {
            "EventActionCode?": set("CRUDE"),
            "EventDateTime": lambda text: _DATE_TIME.fullmatch(text) is not None,
            "EventOutcomeIndicator": {"0", "4", "8", "12"},
        },
        (("EventID", ONE), ("EventTypeCode", MANY), ("EventOutcomeDescription", MAYBE)),
    ),
    "EventOutcomeDescription": Rule(text=str.isprintable),
    "ActiveParticipant": Rule(
        {
            "UserID": str.isprintable,
            "AlternativeUserID?": str.isprintable,
            "UserName?": str.isprintable,
            "UserIsRequestor": _BOOLEAN,
            "NetworkAccessPointID?": _token,
            "NetworkAccessPointTypeCode?": set("12345"),
        },
        (("RoleIDCode", MANY), ("MediaIdentifier", MAYBE)),
    ),
    "MediaIdentifier": Rule(children=(("MediaType", ONE),)),
    "AuditSourceIdentification": Rule(
        {"AuditEnterpriseSiteID?": _token, "AuditSourceID": _token}, (("AuditSourceTypeCode", MANY),)
    ),
    "AuditSourceTypeCode": Rule({"csd-code": set("123456789")}),
    "ParticipantObjectIdentification": Rule(
        {
            "ParticipantObjectID": _token,
            "ParticipantObjectTypeCode?": set("1234"),
            "ParticipantObjectTypeCodeRole?": _NUMBERS_26,
            "ParticipantObjectDataLifeCycle?": _NUMBERS_15,
            "ParticipantObjectSensitivity?": _token,
        },
        (
            ("ParticipantObjectIDTypeCode", ONE),
            ("ParticipantObjectName", MAYBE),
            ("ParticipantObjectQuery", MAYBE),
            ("ParticipantObjectDetail", MANY),
            ("ParticipantObjectDescription", MANY),
        ),
    ),
    "ParticipantObjectName": Rule(text=_token),
    "ParticipantObjectQuery": Rule(text=_base64),
    "ParticipantObjectDetail": Rule({"type": _token, "value": _base64}),
    "ParticipantObjectDescription": Rule(children=(("SOPClass", MANY),)),
    "SOPClass": Rule({"UID?": _token, "NumberOfInstances": _integer}),
    **dict.fromkeys(
        ("EventID", "EventTypeCode", "RoleIDCode", "MediaType", "ParticipantObjectIDTypeCode"),
        _CODED,
    ),
}


def faults(element: Element) -> list[str]:
    """Return what is wrong with a message, by the schema; nothing where it is sound."""
    return list(_walk(element, element.tag)) if element.tag == "AuditMessage" else [f"the root is {element.tag}"]


def _walk(element: Element, path: str) -> list[str]:
    rule = RULES.get(element.tag)
    if rule is None:
        return [f"{path}: not known"]
    found = [*_attributes(element, rule, path), *_children(element, rule, path)]
    text = (element.text or "").strip()
    if rule.text is None and text:
        found.append(f"{path}: text")
    if rule.text is not None and not _holds(rule.text, element.text or ""):
        found.append(f"{path}: {text!r}")
    for child in element:
        found += _walk(child, f"{path}/{child.tag}")
    return found


def _holds(test: object, value: str) -> bool:
    return value in test if isinstance(test, set) else bool(test(value))  # type: ignore[operator]


def _attributes(element: Element, rule: Rule, path: str) -> list[str]:
    allowed = {name.rstrip("?"): test for name, test in rule.attributes.items()}
    missing = [name for name in rule.attributes if not name.endswith("?") and name not in element.attrib]
    return [
        *(f"{path}: {name} is missing" for name in missing),
        *(f"{path}: {name} is not known" for name in element.attrib if name not in allowed),
        *(f"{path}: {n} is {v!r}" for n, v in element.attrib.items() if n in allowed and not _holds(allowed[n], v)),
    ]


def _children(element: Element, rule: Rule, path: str) -> list[str]:
    order = [name for name, _ in rule.children]
    tags = [child.tag for child in element]
    found = [f"{path}: {tag} does not belong here" for tag in tags if tag not in order]
    places = [order.index(tag) for tag in tags if tag in order]
    if places != sorted(places):
        found.append(f"{path}: in another order")
    for name, (least, most) in rule.children:
        if not least <= tags.count(name) <= most:
            found.append(f"{path}: {tags.count(name)} of {name}")
    if element.tag == "ParticipantObjectIdentification":
        names = tags.count("ParticipantObjectName") + tags.count("ParticipantObjectQuery")
        if names != 1:
            found.append(f"{path}: {names} of name and query")
    return found
