"""The viewer's canvases, read from a page and compared with the grey levels of the reference conversion."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests import figures
from tests.chromium import settle

MARGIN, STEP = 20, 9
# of 255: a sample between pixels is a mean of them, and the canvas rounds
MEAN_LIMIT, LARGEST_LIMIT = 1.0, 10.0

_READ = """() => [...document.querySelectorAll('[data-viewport]')].map((view) => {
  const canvas = view.querySelector('canvas');
  const plane = view.querySelector('[data-testid=plane]').getAttribute('transform');
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return {
    sop: view.dataset.sop, width: canvas.width, height: canvas.height,
    matrix: plane.match(/matrix\\((.*)\\)/)[1].split(' ').map(Number),
    red: Array.from(pixels.filter((_, index) => index % 4 === 0)),
  };
})"""

Canvas = dict[str, Any]


def wait_until_painted(page: Page, count: int = 4) -> None:
    """Wait until so many views show their full data."""
    page.locator("[data-painted=true]").nth(count - 1).wait_for()
    settle(page)


def read(page: Page) -> dict[str, Canvas]:
    """Return the canvases by SOP Instance UID."""
    return {canvas["sop"]: canvas for canvas in page.evaluate(_READ)}


def expect_levels(canvas: Canvas, reference: NDArray[np.float64], name: str) -> None:
    """Fail where a canvas departs from the reference (0 to 255) at its sample points."""
    found = differences(canvas, reference)
    figures.note(f"{name} on canvas: {found.size} points, mean {found.mean():.2f}, max {found.max():.1f}")
    assert found.size > 500
    assert found.mean() < MEAN_LIMIT
    assert found.max() < LARGEST_LIMIT


def differences(canvas: Canvas, reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a canvas departs from the reference at its sample points, of 255."""
    painted = np.asarray(canvas["red"], np.float64).reshape(canvas["height"], canvas["width"])
    scale_x, _, _, scale_y, left, top = canvas["matrix"]
    rows, columns = np.mgrid[MARGIN : canvas["height"] - MARGIN : STEP, MARGIN : canvas["width"] - MARGIN : STEP]
    x = ((columns + 0.5 - left) / scale_x).astype(int)
    y = ((rows + 0.5 - top) / scale_y).astype(int)
    inside = (x > 8) & (y > 8) & (x < reference.shape[1] - 8) & (y < reference.shape[0] - 8)
    found: NDArray[np.float64] = np.abs(painted[rows, columns][inside] - reference[y[inside], x[inside]])
    return found
