"""The Gail model (BCRAT): the absolute risk of invasive breast cancer, with the average woman's beside it.

Relative risks are pure numbers; absolute risks are probabilities from 0 to 1 over the interval; ages are in years.

References
----------
Gail 1989 (JNCI 81:1879), Costantino 1999 (JNCI 91:1541); for the other populations see ``gail.yaml``.
"""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

YOUNGEST, OLDEST, LIFETIME_END = 35, 85, 90
_BANDS_START, _BAND_YEARS, _CHANGE_AGE = 20, 5, 50
_HYPERPLASIA = {"no": 0.93, "yes": 1.82, "unknown": 1.0}
_FILE = Path(__file__).with_name("gail.yaml")

Hyperplasia = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Woman:
    """What the model asks for. None stands for "not known"; no children is ``nulliparous``."""

    age: int
    population: str
    biopsies: int | None = None
    hyperplasia: Hyperplasia = "unknown"
    age_at_menarche: int | None = None
    age_at_first_birth: int | None = None
    nulliparous: bool = False
    relatives: int | None = None


@dataclass(frozen=True)
class RelativeRisk:
    """Risk relative to a woman without any of the factors, before and from 50."""

    under_50: float
    from_50: float


@dataclass(frozen=True)
class Risk:
    """Probabilities from 0 to 1."""

    until_age: int
    absolute: float
    average: float


@dataclass(frozen=True)
class Categories:
    """The factors in the groups that the coefficients were fitted to."""

    biopsies: int
    menarche: int
    first_birth: int
    relatives: int
    hyperplasia: float


@cache
def _tables() -> dict[str, Any]:
    tables: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tables


def populations() -> tuple[str, ...]:
    """Return the names of the populations with published coefficients and rates."""
    return tuple(_tables()["populations"])


def source() -> str:
    """Return where the numbers were published."""
    return str(_tables()["source"])


def categories(woman: Woman) -> Categories:
    """Group the factors as each population's study did.

    References
    ----------
    BCRAT: an unknown factor counts as its lowest group; Hispanic and Asian American women have two groups of
    relatives, Hispanic women two of biopsies and three of first birth, African American women two of menarche.
    """
    model = _tables()["populations"][woman.population]["model"]
    is_hispanic = model.startswith("hispanic")
    biopsies = min(woman.biopsies or 0, 1 if is_hispanic else 2)
    relatives = min(woman.relatives or 0, 1 if is_hispanic or model == "asian_american" else 2)
    menarche = _menarche_group(woman.age_at_menarche)
    if model == "african_american":
        menarche = min(menarche, 1)
    first_birth = _first_birth_group(woman, three_groups=is_hispanic)
    return Categories(biopsies, menarche, first_birth, relatives, _HYPERPLASIA[woman.hyperplasia] if biopsies else 1.0)


def _menarche_group(age: int | None) -> int:
    if age is None or age >= 14:
        return 0
    return 1 if age >= 12 else 2


def _first_birth_group(woman: Woman, *, three_groups: bool) -> int:
    if woman.nulliparous:
        return 2
    age = woman.age_at_first_birth
    if age is None or age < 20:
        return 0
    if three_groups:
        return 1 if age < 30 else 2
    return 1 if age < 25 else 2 if age < 30 else 3


def relative_risk(woman: Woman) -> RelativeRisk:
    """Return the risk relative to a woman in the lowest group of every factor (1 is no difference)."""
    model = _tables()["relative_risk"][_tables()["populations"][woman.population]["model"]]
    biopsy, menarche, first_birth, relative, biopsy_from_50, birth_relative = model["coefficients"]
    group = categories(woman)
    log_risk = (
        biopsy * group.biopsies
        + menarche * group.menarche
        + first_birth * group.first_birth
        + relative * group.relatives
        + birth_relative * group.first_birth * group.relatives
    )
    return RelativeRisk(
        under_50=math.exp(log_risk) * group.hyperplasia,
        from_50=math.exp(log_risk + biopsy_from_50 * group.biopsies) * group.hyperplasia,
    )


def absolute_risk(woman: Woman, until_age: int) -> Risk:
    """Return the probability of invasive breast cancer from the woman's age until ``until_age``.

    Death from another cause competes. ``average`` is the same for the average woman of her age and population.

    Raises
    ------
    ValueError
        If the interval is empty or leaves 20 to 90.
    """
    if not _BANDS_START <= woman.age < until_age <= LIFETIME_END:
        raise ValueError(f"the interval {woman.age} to {until_age} is not within 20 to 90")
    rates = _tables()["populations"][woman.population]
    share = _tables()["relative_risk"][rates["model"]]["one_minus_attributable_risk"]
    relative = relative_risk(woman)
    own = _project(
        rates["incidence"],
        rates["mortality"],
        (woman.age, until_age),
        (share[0] * relative.under_50, share[1] * relative.from_50),
    )
    average = _project(
        rates.get("average_incidence", rates["incidence"]),
        rates.get("average_mortality", rates["mortality"]),
        (woman.age, until_age),
        (1.0, 1.0),
    )
    return Risk(until_age=until_age, absolute=own, average=average)


def _project(
    incidence: list[float], mortality: list[float], ages: tuple[int, int], factors: tuple[float, float]
) -> float:
    """Add up, year by year, the chance of being free of both and then falling ill (Gail 1989, equation 5)."""
    risk = hazard_so_far = 0.0
    for age in range(*ages):
        band = (age - _BANDS_START) // _BAND_YEARS
        cancer = factors[age >= _CHANGE_AGE] * incidence[band]
        hazard = cancer + mortality[band]
        risk += cancer / hazard * math.exp(-hazard_so_far) * -math.expm1(-hazard)
        hazard_so_far += hazard
    return risk
