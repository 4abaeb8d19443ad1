"""The same network on a faster runtime: OpenVINO, made from the loaded graph at start, where it is installed.

TensorFlow stays the reference: the golden pictures must get the same scores and maps from both to 1e-4, or TensorFlow
goes on alone and the log says so.  The graph is handed over as a frozen file and read by OpenVINO's own reader, not by
``openvino.convert_model``, which reports its use over the network where the package for telemetry is installed.
"""

import importlib
import importlib.util
import logging
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from inference.golden import COUNT, golden_view
from inference.loader import Forward, LoadedModel
from inference.preprocess import to_tensor

logger = logging.getLogger(__name__)

RUNTIME: Final = "openvino"
TOLERANCE: Final = 1e-4
# bfloat16, its default on new processors, errs by more than a per cent
_SETTINGS: Final = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}


def accelerate(model: LoadedModel) -> LoadedModel:
    """Put the faster runtime behind a loaded model, if it is installed and gives the same answers.

    Parameters
    ----------
    model
        As loaded by :func:`inference.loader.load`.

    Returns
    -------
    LoadedModel
        The same model on OpenVINO; or ``model`` itself, with a line in the log that says why.
    """
    if importlib.util.find_spec(RUNTIME) is None:
        logger.info("scoring with TensorFlow: %s is not installed", RUNTIME)
        return model
    try:
        faster = replace(model, forward=_compile(model))
        departure = largest_departure(model, faster)
    except Exception:  # whatever a foreign runtime raises: the reference is at hand
        logger.warning("scoring with TensorFlow: %s cannot run this model", RUNTIME, exc_info=True)
        return model
    if not departure <= TOLERANCE:
        logger.warning("scoring with TensorFlow: %s departs by %.1e on the golden pictures", RUNTIME, departure)
        return model
    logger.info("scoring with %s, which departs from TensorFlow by at most %.1e", RUNTIME, departure)
    return faster


def largest_departure(one: LoadedModel, two: LoadedModel) -> float:
    """Largest difference of scores and maps of the golden pictures, together and one by one; nan counts."""
    tensors = np.stack([to_tensor(golden_view(index), one.spec).tensor for index in range(COUNT)])
    found = []
    for batch in (tensors, tensors[:1]):
        differences: list[NDArray[np.floating]] = [one.scores(batch) - two.scores(batch)]
        maps = one.heat(batch), two.heat(batch)
        if maps[0] is not None and maps[1] is not None:
            differences.append(maps[0] - maps[1])
        found += [np.abs(difference).max() for difference in differences]
    return float(np.max(found))


def _compile(model: LoadedModel) -> Forward:
    runtime: Any = importlib.import_module(RUNTIME)
    core = runtime.Core()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frozen.pb"
        path.write_bytes(_frozen(model))
        compiled = core.compile_model(core.read_model(path), "CPU", _SETTINGS)
    request, lock = compiled.create_infer_request(), threading.Lock()
    wanted = 2 if model.manifest.heat_output is not None else 1
    names = ["Identity:0", "Identity_1:0"][:wanted]
    outputs = [next(port for port in compiled.outputs if name in port.get_names()) for name in names]

    def forward(tensors: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        given: NDArray[np.float32] = np.ascontiguousarray(tensors.numpy())
        with lock:  # one request serves one caller at a time
            request.infer([given])
            found = [tf.constant(request.get_tensor(port).data.copy()) for port in outputs]
        return found[0], found[1] if wanted == 2 else None

    return forward


def _frozen(model: LoadedModel) -> bytes:
    """Turn the compiled function into one graph with its weights inside."""
    traced = tf.function(model.forward, input_signature=[tf.TensorSpec((None, *model.spec.shape), tf.float32)])
    graph = convert_variables_to_constants_v2(traced.get_concrete_function()).graph
    content: bytes = graph.as_graph_def().SerializeToString()
    return content
