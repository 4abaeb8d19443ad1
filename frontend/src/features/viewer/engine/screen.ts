import { Enums, type Types } from "@cornerstonejs/core";

import { focus, type Camera, type Sheet, type Size } from "../logic/geometry";
import type { Window } from "../logic/voi";

import { pictureId, renderingEngine } from "./cornerstone";

export interface Drawing {
  sopInstanceUid: string;
  sheet: Sheet;
  camera: Camera;
  factor: number;
  window: Window;
  inverted: boolean;
}

/** One viewport of Cornerstone in an element of the page. It holds no state of its own: it draws what it is given. */
export class Screen {
  private readonly id: string;
  private readonly element: HTMLDivElement;
  private shown: string | undefined;
  private wanted: Drawing | undefined;
  private working = false;

  constructor(id: string, element: HTMLDivElement) {
    this.id = id;
    this.element = element;
    renderingEngine().enableElement({
      viewportId: id,
      type: Enums.ViewportType.STACK,
      element,
      defaultOptions: { background: [0, 0, 0] },
    });
  }

  /** Draw; of several calls while one is under way only the last is done. */
  async draw(drawing: Drawing): Promise<boolean> {
    this.wanted = drawing;
    if (this.working) return false;
    this.working = true;
    try {
      for (let next = this.take(); next !== undefined; next = this.take()) await this.show(next);
    } finally {
      this.working = false;
    }
    return true;
  }

  /** Follow a change of the element's size. */
  resize(): void {
    renderingEngine().resize(true, false);
  }

  close(): void {
    this.wanted = undefined;
    renderingEngine().disableElement(this.id);
  }

  private take(): Drawing | undefined {
    const next = this.wanted;
    this.wanted = undefined;
    return next;
  }

  private async show(drawing: Drawing): Promise<void> {
    const viewport = renderingEngine().getViewport(this.id) as Types.IStackViewport | undefined;
    if (viewport === undefined) return;
    const picture = pictureId(drawing.sopInstanceUid, drawing.factor);
    if (this.shown !== picture) {
      await viewport.setStack([picture], 0);
      this.shown = picture;
    }
    viewport.setProperties({ voiRange: drawing.window, invert: drawing.inverted });
    this.look(viewport, drawing);
    viewport.render();
  }

  private look(viewport: Types.IStackViewport, { sheet, camera }: Drawing): void {
    const size: Size = { width: this.element.clientWidth, height: this.element.clientHeight };
    const [x, y] = focus(sheet, camera, size);
    viewport.setCamera({ parallelScale: size.height / (2 * camera.scale) });
    viewport.setCamera({
      focalPoint: [x, y, 0],
      position: [x, y, -1],
      viewPlaneNormal: [0, 0, -1],
      viewUp: [0, -1, 0],
    });
  }
}
