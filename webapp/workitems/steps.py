"""What a manager does with a work item: the states of PS3.4 CC.1.1 and who may change them.

References
----------
PS3.4 Table CC.1.1-2 (state transitions), CC.2.5 (final state), CC.2.2 (request cancellation)
"""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from dicom_node.errors import InvalidUid
from dicom_node.validation import validate_uid
from webapp.workitems.models import Workitem

Attributes = dict[str, Any]

STATE, TRANSACTION, INSTANCE_UID = "00741000", "00081195", "00080018"
PERFORMED, PERFORMED_CODE, OUTPUT = "00741216", "00404019", "00404033"
_SOP_CLASS = "1.2.840.10008.5.1.4.34.6.1"


@dataclass(frozen=True)
class RefusalError(Exception):
    """The manager refuses, with the HTTP status and a sentence."""

    status: int
    sentence: str


def value_of(attributes: Attributes, tag: str) -> str:
    """Return the first value of an attribute in DICOM JSON as text; empty where there is none."""
    try:
        return str(attributes[tag]["Value"][0])
    except (KeyError, IndexError, TypeError):
        return ""


def create(uid: str, attributes: Attributes) -> Workitem:
    """Schedule a new work item."""
    uid = _uid(uid or value_of(attributes, INSTANCE_UID), "A work item needs a UID, in the address or in the data set.")
    if value_of(attributes, STATE) != Workitem.State.SCHEDULED:
        raise RefusalError(400, "A new work item has the Procedure Step State SCHEDULED.")
    if value_of(attributes, TRANSACTION):
        raise RefusalError(400, "A new work item has no Transaction UID: it is nobody's yet.")
    try:
        with transaction.atomic():
            return Workitem.objects.create(uid=uid, attributes=_kept(attributes))
    except IntegrityError:
        raise RefusalError(409, "A work item with this UID is there already.") from None


def shown(item: Workitem) -> Attributes:
    """Return the whole work item; its Transaction UID is a key and is shown to nobody."""
    return {
        **item.attributes,
        "00080016": {"vr": "UI", "Value": [_SOP_CLASS]},
        INSTANCE_UID: {"vr": "UI", "Value": [item.uid]},
        STATE: {"vr": "CS", "Value": [item.state]},
    }


@transaction.atomic
def change_state(uid: str, attributes: Attributes) -> str:
    """Claim, complete or cancel; return a warning, empty where there is none."""
    item = _locked(uid)
    wanted, key = value_of(attributes, STATE), value_of(attributes, TRANSACTION)
    _uid(key, "A change of state carries a Transaction UID.")
    states = Workitem.State
    if wanted not in {states.IN_PROGRESS, states.COMPLETED, states.CANCELED}:
        raise RefusalError(400, "The state may become IN PROGRESS, COMPLETED or CANCELED.")
    if item.is_final and wanted == item.state:
        return f"The work item is {item.state} already."
    if item.is_final:
        raise RefusalError(409, f"The work item is {item.state} and changes no more.")
    if wanted == states.IN_PROGRESS:
        if item.state != states.SCHEDULED:
            raise RefusalError(409, "The work item is IN PROGRESS already.")
        item.transaction_uid = key
    else:
        _check_owner(item, key)
        if wanted == states.COMPLETED:
            _check_complete(item.attributes)
    item.state = wanted
    item.save()
    return ""


@transaction.atomic
def update(uid: str, key: str, attributes: Attributes) -> None:
    """Merge attributes into a work item: anybody's while it is scheduled, its performer's while in progress."""
    item = _locked(uid)
    if item.is_final:
        raise RefusalError(409, f"The work item is {item.state} and changes no more.")
    if STATE in attributes:
        raise RefusalError(400, "The state is changed at /state, not by an update.")
    if item.state == Workitem.State.IN_PROGRESS:
        _check_owner(item, key)
    item.attributes = {**item.attributes, **_kept(attributes)}
    item.save()


@transaction.atomic
def request_cancellation(uid: str, attributes: Attributes) -> None:
    """Cancel what is only scheduled; tell a performer's own polling of the wish otherwise."""
    item = _locked(uid)
    if item.is_final:
        raise RefusalError(409, f"The work item is {item.state} already.")
    item.cancel_requested_at = timezone.now()
    item.cancel_reason = value_of(attributes, "00741238")[:400]
    if item.state == Workitem.State.SCHEDULED:
        item.state = Workitem.State.CANCELED
    item.save()


def find(keys: dict[str, str], limit: int, offset: int) -> list[Attributes]:
    """Return work items whose first values equal the keys (tags), oldest first."""
    rows = Workitem.objects.all()
    if STATE in keys:
        rows = rows.filter(state=keys[STATE])
    if INSTANCE_UID in keys:
        rows = rows.filter(uid=keys[INSTANCE_UID])
    rest = {tag: value for tag, value in keys.items() if tag not in {STATE, INSTANCE_UID}}
    found = []
    for item in rows.iterator(chunk_size=200):
        if all(value_of(item.attributes, tag) == value for tag, value in rest.items()):
            found.append(shown(item))
        if len(found) >= offset + limit:
            break
    return found[offset:]


def item_of(uid: str) -> Workitem:
    """Return a work item, or refuse with 404."""
    item = Workitem.objects.filter(uid=uid).first()
    if item is None:
        raise RefusalError(404, "There is no work item with this UID.")
    return item


def _locked(uid: str) -> Workitem:
    item = Workitem.objects.select_for_update().filter(uid=uid).first()
    if item is None:
        raise RefusalError(404, "There is no work item with this UID.")
    return item


def _kept(attributes: Attributes) -> Attributes:
    apart = {STATE, TRANSACTION, INSTANCE_UID, "00080016"}
    return {tag: value for tag, value in attributes.items() if tag not in apart}


def _uid(text: str, sentence: str) -> str:
    try:
        return validate_uid(text)
    except InvalidUid:
        raise RefusalError(400, sentence) from None


def _check_owner(item: Workitem, key: str) -> None:
    if item.state != Workitem.State.IN_PROGRESS:
        raise RefusalError(409, "The work item is not IN PROGRESS: claim it first.")
    if key != item.transaction_uid:
        raise RefusalError(409, "The Transaction UID is not that of the performer.")


def _check_complete(attributes: Attributes) -> None:
    try:
        performed = attributes[PERFORMED]["Value"][0]
    except (KeyError, IndexError, TypeError):
        performed = {}
    if not isinstance(performed, dict) or PERFORMED_CODE not in performed or OUTPUT not in performed:
        raise RefusalError(409, "A completed work item says what was performed and its output (0074,1216).")
