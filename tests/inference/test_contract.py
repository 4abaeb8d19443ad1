"""What the rest of the program may import without starting TensorFlow."""

import subprocess
import sys

import numpy as np

from inference.contract import InputSpec, View


def test_values_and_preprocessing_are_imported_without_tensorflow() -> None:
    modules = ["contract", "errors", "preprocess", "calibration", "manifest", "golden"]
    lines = [f"import inference.{module}" for module in modules]
    lines.append("import sys; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", "\n".join(lines)], check=False).returncode == 0


def test_a_spec_gives_the_tensors_shape() -> None:
    assert InputSpec(640, 320).shape == (640, 320, 1)


def test_views_compare_by_identity_because_pixels_are_large() -> None:
    pixels = np.zeros((2, 2), np.uint16)
    assert View("x", pixels) != View("x", pixels)
