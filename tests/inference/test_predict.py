"""Views to a Prediction."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inference.contract import InputSpec
from inference.errors import ModelError, ViewError
from inference.golden import golden_view
from inference.preprocess import Prepared, to_tensor

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def views(model: Any) -> tuple[Prepared, ...]:
    """Two views of the right breast, one of the left."""
    return tuple(to_tensor(golden_view(index), model.spec) for index in (0, 1, 2))


def test_a_study_gets_a_score_for_each_image_breast_and_itself(model: Any, views: tuple[Prepared, ...]) -> None:
    predict = pytest.importorskip("inference.predict").predict
    prediction = predict(model, views)
    assert prediction.model == model.manifest.identity
    assert [image.key for image in prediction.images] == ["golden-0", "golden-1", "golden-2"]
    assert [breast.laterality for breast in prediction.breasts] == ["R", "L"]
    values = [i.probability for i in prediction.images] + [b.probability for b in prediction.breasts]
    assert all(0.0 <= value <= 1.0 for value in [*values, prediction.probability])
    assert 0.5 <= prediction.confidence <= 1.0
    assert prediction.preprocess_ms > 0
    assert prediction.infer_ms > 0


def test_label_and_confidence_follow_from_probability_and_threshold(model: Any, views: tuple[Prepared, ...]) -> None:
    predict = pytest.importorskip("inference.predict").predict
    prediction = predict(model, views)
    assert (prediction.label == "Malignant") == (prediction.probability >= prediction.threshold)
    wanted = prediction.probability if prediction.label == "Malignant" else 1.0 - prediction.probability
    assert prediction.confidence == max(0.5, wanted)


def test_a_view_scores_alike_alone_and_in_company(model: Any, views: tuple[Prepared, ...]) -> None:
    predict = pytest.importorskip("inference.predict").predict
    together = predict(model, (*views, *views))
    for index, view in enumerate(views):
        alone = predict(model, [view])
        assert alone.images[0].raw_score == pytest.approx(together.images[index].raw_score, abs=1e-5)


def test_views_of_unknown_side_form_a_breast_of_their_own(model: Any, views: tuple[Prepared, ...]) -> None:
    predict = pytest.importorskip("inference.predict").predict
    prediction = predict(model, [views[0], replace(views[1], laterality=None)])
    assert [breast.laterality for breast in prediction.breasts] == ["R", None]


def test_an_operating_point_can_be_named(model: Any, views: tuple[Prepared, ...]) -> None:
    predict = pytest.importorskip("inference.predict").predict
    for point in model.manifest.operating_points:
        prediction = predict(model, views, point.name)
        assert (prediction.operating_point, prediction.threshold) == (point.name, point.threshold)
    with pytest.raises(ModelError, match="no operating point"):
        predict(model, views, "unheard of")


def test_no_views_and_tensors_of_another_shape_are_refused(model: Any, views: tuple[Prepared, ...]) -> None:
    predict = pytest.importorskip("inference.predict").predict
    with pytest.raises(ViewError, match="without views"):
        predict(model, [])
    other = to_tensor(golden_view(0), InputSpec(64, 32))
    with pytest.raises(ViewError, match="does not fit"):
        predict(model, [other])


@pytest.mark.parametrize("upside_down_too", [True, False])
def test_one_look_gives_the_scores_and_the_upright_maps(
    model: Any, views: tuple[Prepared, ...], upside_down_too: bool
) -> None:
    module = pytest.importorskip("inference.predict")
    passes: list[int] = []

    def forward(tensors: Any) -> Any:
        passes.append(len(tensors))
        return model.forward(tensors)

    counted = replace(model, manifest=replace(model.manifest, upside_down_too=upside_down_too), forward=forward)
    many = (*views, *views)
    prediction, heat = module.see(counted, many)
    assert sum(passes) == len(many) * (2 if upside_down_too else 1)
    tensors = np.stack([view.tensor for view in many])
    assert [image.raw_score for image in prediction.images] == pytest.approx(counted.scores(tensors).tolist(), abs=1e-6)
    assert heat.shape[0] == len(many)
    assert np.abs(heat - model.heat(tensors)).max() < 1e-5


def test_heat_maps_lie_on_the_tensors_grid(model: Any, views: tuple[Prepared, ...]) -> None:
    heat = model.heat(np.stack([view.tensor for view in views]))
    if heat is None:
        pytest.skip("this model has no heat map")
    assert heat.shape == (3, model.spec.height // 16, model.spec.width // 16, 2)
    assert heat.min() >= 0.0
    assert heat.max() <= 1.0
