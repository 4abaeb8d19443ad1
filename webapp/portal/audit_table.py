"""Studies over HTTP in the audit trail: the object is the study, the detail says which image or report of it."""

from webapp.audit import endpoints
from webapp.audit.endpoints import Told
from webapp.audit.models import Action, Event

_STUDY, _IMAGE = "study_instance_uid", "sop_instance_uid"
_SERIES = ("series",)
_INSTANCE = ("series", "instance")


def _read(part: str, *also: str, key: str = _STUDY, event: Event = Event.ACCESSED) -> Told:
    return Told(event, Action.READ, "study", key=key, also=also, part=part)


def _done(part: str) -> Told:
    return Told(Event.RECORD, Action.EXECUTE, "study", key=_STUDY, part=part)


def _shares(action: Action) -> Told:
    return Told(Event.CONFIGURATION, action, "study", key=_STUDY, part="shares")


endpoints.tell("study-list", GET=Told(Event.QUERY, Action.EXECUTE, "study"))
endpoints.tell("study-detail", GET=_read(""))
endpoints.tell("study-saliency", GET=_read("heat map", _IMAGE))
endpoints.tell("study-model-input", GET=_read("model input", _IMAGE))
endpoints.tell("study-report", GET=_read("report", _IMAGE, event=Event.RECORD))
endpoints.tell("study-report-file", GET=_read("report", _IMAGE, event=Event.RECORD))
endpoints.tell("study-complete", POST=_done("complete"))
endpoints.tell("study-retry", POST=_done("retry"))
endpoints.tell("study-resend", POST=_done("resend"))
endpoints.tell("study-shares", GET=_shares(Action.READ), POST=_shares(Action.UPDATE), DELETE=_shares(Action.UPDATE))

for _name in ("reviews", "outcomes"):
    _written = Told(Event.RECORD, Action.CREATE, "study", key=_STUDY, part=_name)
    endpoints.tell(f"study-{_name}", GET=_read(_name, event=Event.RECORD), POST=_written)

# the door tells of every study of which something was taken, and how much
_STORED = Told(Event.IMPORT, Action.CREATE, "study", key="study", part="objects")
endpoints.tell("wado-study", POST=_STORED)
endpoints.tell(
    "qido-studies", GET=Told(Event.QUERY, Action.EXECUTE, "study"), POST=Told(Event.IMPORT, Action.CREATE, "study")
)
endpoints.tell("qido-all-series", GET=Told(Event.QUERY, Action.EXECUTE, "study", part="series"))
endpoints.tell("qido-all-instances", GET=Told(Event.QUERY, Action.EXECUTE, "study", part="instances"))
for _name, _also in (("qido-series", ()), ("qido-study-instances", ()), ("qido-instances", _SERIES)):
    endpoints.tell(_name, GET=Told(Event.QUERY, Action.EXECUTE, "study", key="study", also=_also))
for _level, _names in (("study", ()), ("series", _SERIES), ("instance", _INSTANCE)):
    endpoints.tell(f"wado-{_level}", GET=_read("objects", *_names, key="study"))
    endpoints.tell(f"wado-{_level}-metadata", GET=_read("metadata", *_names, key="study"))
endpoints.tell("wado-frames", GET=_read("pixels", *_INSTANCE, key="study"))
endpoints.tell("wado-bulkdata", GET=_read("pixels", *_INSTANCE, key="study"))
endpoints.tell("wado-rendered", GET=_read("picture", *_INSTANCE, key="study"))

endpoints.leave("The same page for everybody; what it shows it asks for.", "portal", "portal-screen")
endpoints.leave("The description of the addresses, the same for everybody.", "schema", "api-docs")
