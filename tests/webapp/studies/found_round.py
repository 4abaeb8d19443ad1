"""A round with results, over a real image file."""

from pathlib import Path

from tests import synthetic
from tests.factories import make_report, make_round, make_study
from webapp.studies.models import ImageResult, Prediction, Round, Study, StudyState

NAME = "O|Brien & Söns^Ma~ria Łø"


def found_round(archive: Path, *, analysed: bool = True, name: str = NAME) -> Round:
    """Return an analysed round: RCC 0.91, LCC 0.12, RMLO 0.3, LMLO spot view not analysed; or nothing analysed."""
    study = make_study()
    Study.objects.filter(pk=study.pk).update(accession_number="ACC^1")
    round_ = make_round(study, state=StudyState.ANALYSED)
    round_.study.refresh_from_db()
    for instance in study.instances.all():
        path = archive / instance.path
        path.parent.mkdir(parents=True, exist_ok=True)
        synthetic.write(synthetic.make_mg(rows=32, columns=24, patient_name=name), path)
    probabilities = {("R", "CC"): 0.91, ("L", "CC"): 0.12, ("R", "MLO"): 0.3} if analysed else {}
    for instance in study.instances.all():
        probability = probabilities.get((instance.laterality, instance.view))
        ImageResult.objects.create(
            round=round_,
            instance=instance,
            probability=probability,
            label="" if probability is None else "Malignant" if probability > 0.5 else "Benign",
            not_analysed="SPOT_VIEW" if probability is None else "",
            reason="It is a spot view." if probability is None else "",
        )
    Prediction.objects.create(
        round=round_,
        model_name="mammonet",
        model_version="1.2",
        model_sha256="ab" * 32,
        operating_point="balanced",
        threshold=0.5,
        label="Malignant" if analysed else "",
        probability=0.91 if analysed else None,
        breasts=[
            {"laterality": "R", "probability": 0.91, "prediction": "Malignant"},
            {"laterality": "L", "probability": 0.12, "prediction": "Benign"},
        ]
        if analysed
        else [],
    )
    make_report(round_)
    return round_
