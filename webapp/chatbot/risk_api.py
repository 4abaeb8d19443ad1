"""``POST /api/risk/gail/``: the Gail model's estimate, or the reason why there is none."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts.throttling import API_THROTTLES
from webapp.accounts.tokens import Scope
from webapp.chatbot import catalogue, openapi, risk
from webapp.chatbot.errors import RiskRefusal
from webapp.chatbot.serializers import RiskSerializer, population_names
from webapp.chatbot.throttling import RiskThrottle
from webapp.problems import Problem

_REFUSALS = ("breast_cancer", "lcis", "dcis", "chest_radiotherapy", "gene_variant")
_FIVE_YEARS = 5


@openapi.risk
class GailView(APIView):
    """Estimate the risk of invasive breast cancer."""

    permission_classes = [AllowAny]
    throttle_classes = [*API_THROTTLES, RiskThrottle]
    token_scopes = {"POST": Scope.CHAT}

    def post(self, request: Request) -> Response:
        """Answer with five-year and lifetime risk, beside the average woman's."""
        asked = RiskSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = asked.validated_data
        language = values["language"]
        try:
            woman = woman_of(values)
        except RiskRefusal as refusal:
            reason = catalogue.text(language, "risk", "refused", refusal.reason)
            known = f" ({', '.join(population_names())})" if refusal.reason == "population" else ""
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, reason + known) from refusal
        return Response(_body(woman, language))


def woman_of(values: dict[str, Any]) -> risk.Woman:
    """Return the woman the model speaks of.

    Raises
    ------
    RiskRefusal
        If the model was not made for her.
    """
    for reason in _REFUSALS:
        if values[reason]:
            raise RiskRefusal(reason)
    if not risk.YOUNGEST <= values["age"] <= risk.OLDEST:
        raise RiskRefusal("age")
    if values["population"] not in risk.populations():
        raise RiskRefusal("population")
    names = ("age", "population", "biopsies", "hyperplasia", "age_at_menarche", "age_at_first_birth")
    return risk.Woman(
        **{name: values[name] for name in (*names, "nulliparous", "relatives")},
    )


def _body(woman: risk.Woman, language: str) -> dict[str, Any]:
    intervals = {"five_year": min(woman.age + _FIVE_YEARS, risk.LIFETIME_END), "lifetime": risk.LIFETIME_END}
    return {
        **{name: _percent(risk.absolute_risk(woman, until)) for name, until in intervals.items()},
        "relative_risk": asdict(risk.relative_risk(woman)),
        "unit": catalogue.text(language, "risk", "unit"),
        "model": "Gail model (BCRAT)",
        "source": risk.source(),
        "disclaimer": catalogue.text(language, "risk", "disclaimer"),
        "research_use_only": True,
    }


def _percent(found: risk.Risk) -> dict[str, float]:
    return {"until_age": found.until_age, "own": 100 * found.absolute, "average": 100 * found.average}
