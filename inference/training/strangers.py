"""Pictures of kinds that the gate has not learnt from: by these alone its refusals are judged.

Photographs and micrographs of the sample images that :mod:`inference.training.impostors` is not shown, real
ultrasound, CT and MR pictures that come with pydicom, faces, charts, and patterns drawn by other code.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import matplotlib.cbook
import numpy as np
import pydicom.data
import skimage.data
import sklearn.datasets
from matplotlib.figure import Figure
from numpy.typing import NDArray

from inference.training.impostors import cloud, cut

Floats = NDArray[np.float32]
Random = np.random.Generator
LEARNT: Final = ("astronaut", "brick", "camera", "coffee", "coins", "grass", "rocket", "moon", "page", "color")
LEARNT_TOO: Final = ("clock_motion", "motorcycle_left", "ihc", "cell")
UNSEEN: Final = ("chelsea", "gravel", "horse", "hubble_deep_field", "retina", "text", "microaneurysms", "logo")
MEDICAL: Final = (
    "examples_palette.dcm",
    "examples_rgb_color.dcm",
    "examples_ybr_color.dcm",
    "examples_jpeg2k.dcm",
    "examples_overlay.dcm",
    "CT_small.dcm",
    "MR_small.dcm",
    "JPEG2000.dcm",
    "JPEGLSNearLossless_16.dcm",
)


def photographs(names: tuple[str, ...]) -> list[Floats]:
    """Read sample images of scikit-image as grey levels 0..1."""
    folder = Path(str(skimage.data.__file__)).parent
    return [_grey(next(folder.glob(f"{name}.*"))) for name in names]


def _grey(path: Path) -> Floats:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise FileNotFoundError(path)
    return np.asarray(picture, np.float32) / np.float32(255)


def strangers(rng: Random) -> Iterator[tuple[str, Floats]]:
    """Give every held-out picture with its kind."""
    unseen = [*photographs(UNSEEN), *_photographs_elsewhere()]
    for picture in unseen:
        yield "photograph or micrograph, whole", picture
        for _ in range(12):
            yield "photograph or micrograph, cut", cut(rng, [picture])
    yield from _faces()
    yield from _medical()
    for _ in range(60):
        yield "chart", chart(rng)
        yield "square code", square_code(rng)
        yield "fractal", fractal(rng)
        yield "waves", waves(rng)
        yield "skull (drawn)", skull(rng)
        yield "handwriting (drawn)", handwriting(rng)


def _photographs_elsewhere() -> list[Floats]:
    samples = sklearn.datasets.load_sample_images().images
    hopper = matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    pictures = [np.asarray(sample, np.float32).mean(axis=2) / np.float32(255) for sample in samples]
    return [*pictures, _grey(Path(str(hopper)))]


def _faces() -> Iterator[tuple[str, Floats]]:
    faces = np.load(Path(str(skimage.data.__file__)).parent / "lfw_subset.npy")
    for face in faces[:100:2]:
        large = cv2.resize(np.asarray(face, np.float32), (100, 100), interpolation=cv2.INTER_CUBIC)
        yield "face", np.asarray(large, np.float32)


def _medical() -> Iterator[tuple[str, Floats]]:
    for name in MEDICAL:
        path = pydicom.data.get_testdata_file(name, download=False)
        dataset = pydicom.dcmread(str(path))
        frames = np.asarray(dataset.pixel_array, np.float32)
        if int(dataset.SamplesPerPixel) == 3:
            frames = frames.mean(axis=-1)
        for frame in frames.reshape(-1, *frames.shape[-2:])[:3]:
            yield (
                f"{dataset.get('Modality', 'other')} picture (real)",
                (frame - frame.min()) / max(float(np.ptp(frame)), 1.0),
            )


def chart(rng: Random) -> Floats:
    """Draw a chart as a program would: lines, bars or points with axes."""
    figure = Figure(figsize=(4, 4), dpi=80, facecolor="black" if rng.random() < 0.3 else "white")
    axes = figure.add_subplot()
    values = rng.normal(size=30).cumsum()
    choice = rng.integers(3)
    if choice == 0:
        axes.plot(values, linewidth=float(rng.uniform(1, 4)))
    elif choice == 1:
        axes.bar(np.arange(30), np.abs(values))
    else:
        axes.scatter(values, rng.normal(size=30), s=float(rng.uniform(5, 200)))
    with io.BytesIO() as stream:
        figure.savefig(stream, format="png")
        content = np.frombuffer(stream.getvalue(), np.uint8)
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.float32) / np.float32(255)


def square_code(rng: Random) -> Floats:
    """Draw black and white squares in a white margin."""
    cells = (rng.random((int(rng.integers(12, 50)),) * 2) < 0.5).astype(np.float32)
    margin = int(rng.integers(0, 8))
    padded = np.pad(cells, margin, constant_values=1.0)
    return np.asarray(cv2.resize(padded, (400, 400), interpolation=cv2.INTER_NEAREST), np.float32)


def fractal(rng: Random) -> Floats:
    """Draw a Julia set."""
    y, x = np.mgrid[-1.5:1.5:200j, -1.5:1.5:200j]
    z, seed = x + 1j * y, complex(rng.uniform(-0.9, 0.4), rng.uniform(-0.8, 0.8))
    count = np.zeros(z.shape, np.float32)
    for _ in range(40):
        inside = np.abs(z) < 2.0
        count += inside
        z = np.where(inside, z * z + seed, z)
    return np.asarray(count / max(1.0, float(count.max())), np.float32)


def waves(rng: Random) -> Floats:
    """Draw warped stripes as on a fingertip, sometimes in an oval on black."""
    y, x = np.mgrid[0:1:300j, 0:1:300j]
    warp = 3.0 * cloud(rng, 300, 1)
    stripes = 0.5 + 0.5 * np.sin(rng.uniform(20, 120) * np.hypot(x - rng.uniform(), y - rng.uniform()) + warp)
    if rng.random() < 0.5:
        stripes = stripes * ((x - 0.5) ** 2 + ((y - 0.5) / 1.3) ** 2 < 0.13)
    return np.asarray(stripes, np.float32)


def skull(rng: Random) -> Floats:
    """Draw a head from the front: a bright rim, dark orbits and a jaw on black."""
    y, x = np.mgrid[-1:1:320j, -1:1:320j]
    reach = rng.uniform(0.5, 0.75)
    value = (x / reach) ** 2 + ((y + 0.1) / 0.85) ** 2
    head = (value < 1.0) * (0.45 + 0.15 * cloud(rng, 320)) + 0.45 * (np.abs(value - 0.93) < 0.08)
    for sign in (-1.0, 1.0):
        head -= 0.3 * (((x - sign * 0.24) / 0.14) ** 2 + (y / 0.13) ** 2 < 1.0)
    head -= 0.3 * ((x / 0.08) ** 2 + ((y - 0.3) / 0.15) ** 2 < 1.0)
    head += 0.3 * ((np.abs(x) < 0.28) & (np.abs(y - 0.58) < 0.06))
    return np.asarray(cv2.GaussianBlur(np.clip(head, 0, 1).astype(np.float32), (0, 0), 2.0), np.float32)


def handwriting(rng: Random) -> Floats:
    """Draw loops of a pen in lines."""
    page = np.zeros((400, 400), np.uint8)
    for line in range(30, 380, int(rng.integers(25, 60))):
        steps = np.linspace(0, float(rng.uniform(20, 60)), 400)
        x = 15 + steps * 6 + 5 * np.cos(steps * 2.1)
        y = line + 8 * np.sin(steps * 2.1 + np.sin(steps)) * rng.uniform(0.5, 1.2)
        points = np.column_stack([x, y]).astype(np.int32)[x < 390]
        cv2.polylines(page, [points], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA)
    picture = page.astype(np.float32) / np.float32(255)
    return picture if rng.random() < 0.3 else np.asarray(1.0 - picture, np.float32)
