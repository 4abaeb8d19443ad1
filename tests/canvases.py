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

_READ = """([margin, step]) => [...document.querySelectorAll('[data-viewport]')].map((view) => {
  const canvas = view.querySelector('canvas');
  const plane = view.querySelector('[data-testid=plane]').getAttribute('transform');
  const { width, height } = canvas;
  const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const red = [];
  for (let y = margin; y < height - margin; y += step)
    for (let x = margin; x < width - margin; x += step) red.push(pixels[4 * (y * width + x)]);
  return {
    sop: view.dataset.sop, width, height, red,
    matrix: plane.match(/matrix\\((.*)\\)/)[1].split(' ').map(Number),
  };
})"""

Canvas = dict[str, Any]


def wait_until_painted(page: Page, count: int = 4) -> None:
    """Wait until so many views show their full data."""
    page.locator("[data-painted=true]").nth(count - 1).wait_for()
    settle(page)


def read(page: Page) -> dict[str, Canvas]:
    """Return the canvases by SOP Instance UID."""
    return {canvas["sop"]: canvas for canvas in page.evaluate(_READ, [MARGIN, STEP])}


def expect_levels(canvas: Canvas, reference: NDArray[np.float64], name: str) -> None:
    """Fail where a canvas departs from the reference (0 to 255) at its sample points."""
    found = differences(canvas, reference)
    figures.note(f"{name} on canvas: {found.size} points, mean {found.mean():.2f}, max {found.max():.1f}")
    assert found.size > 500
    assert found.mean() < MEAN_LIMIT
    assert found.max() < LARGEST_LIMIT


def differences(canvas: Canvas, reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a canvas departs from the reference at its sample points, of 255."""
    scale_x, _, _, scale_y, left, top = canvas["matrix"]
    rows, columns = np.mgrid[MARGIN : canvas["height"] - MARGIN : STEP, MARGIN : canvas["width"] - MARGIN : STEP]
    painted = np.asarray(canvas["red"], np.float64).reshape(rows.shape)
    x = ((columns + 0.5 - left) / scale_x).astype(int)
    y = ((rows + 0.5 - top) / scale_y).astype(int)
    inside = (x > 8) & (y > 8) & (x < reference.shape[1] - 8) & (y < reference.shape[0] - 8)
    found: NDArray[np.float64] = np.abs(painted[inside] - reference[y[inside], x[inside]])
    return found
