import { useTranslation } from "react-i18next";

import type { ViewerImage } from "../engine/viewer-image";
import type { GreyLevels } from "../logic/grey-levels";
import { chestWall } from "../logic/hanging";
import type { Window } from "../logic/voi";
import { describeWindow } from "../logic/window-level";

import classes from "./viewer.module.css";

interface Props {
  image: ViewerImage;
  prior: boolean;
  grey: GreyLevels | undefined;
  window: Window | undefined;
  /** Screen pixels a stored pixel. */
  magnification: number;
  markCount: number | undefined;
  status: string | undefined;
}

/** Breast and view in words of the header, always; and what was done to the image before it is shown. */
export function ViewportLabels({ image, prior, grey, window, magnification, markCount, status }: Props) {
  const { t, i18n } = useTranslation("viewer");
  const { laterality, view, modifiers, flipHorizontal, flipVertical, orientation } = image.identity;
  const edge = chestWall(laterality) === "left" ? classes.rightEdge : classes.leftEdge;
  const percent = new Intl.NumberFormat(i18n.language, { style: "percent" });
  return (
    <>
      <div className={`${classes.corner ?? ""} ${classes.top ?? ""} ${edge ?? ""}`} data-testid="label">
        <span className={classes.view}>
          {laterality ?? t("unknownLaterality")} {view ?? t("unknownView")}
        </span>
        {prior && <strong>{t("prior", { date: dicomDate(image.studyDate, i18n.language) })} </strong>}
        {modifiers.join(", ")}
        {orientation !== "stated" && <div className={classes.caution}>{t(`orientation.${orientation}`)}</div>}
        {flipHorizontal && <div className={classes.caution}>{t("mirroredAcross")}</div>}
        {flipVertical && <div className={classes.caution}>{t("mirroredDown")}</div>}
      </div>
      <div className={`${classes.corner ?? ""} ${classes.bottom ?? ""} ${edge ?? ""}`}>
        {status !== undefined && <div>{status}</div>}
        {markCount !== undefined && (
          <div className={classes.caution}>{t("marksOfAi", { count: markCount })}</div>
        )}
        {grey !== undefined && window !== undefined && <WindowText grey={grey} window={window} />}
        <div title={t(`spacing.${image.spacing.caveat}`)}>
          {percent.format(magnification)} {t(`spacing.short.${image.spacing.caveat}`)}
        </div>
        {image.spacing.magnification !== undefined && image.spacing.magnification !== 1 && (
          <div className={classes.caution}>{t("spacing.magnification", { factor: image.spacing.magnification })}</div>
        )}
      </div>
    </>
  );
}

function WindowText({ grey, window }: { grey: GreyLevels; window: Window }) {
  const { t } = useTranslation("viewer");
  const { center, width, percent } = describeWindow(window, grey);
  const values = { center: Math.round(center), width: Math.round(width), source: t(`voi.${grey.source}`) };
  return <div data-testid="window">{t(percent ? "windowPercent" : "windowValues", values)}</div>;
}

export function dicomDate(date: string | undefined, language: string): string {
  const found = /^(\d{4})(\d{2})(\d{2})$/.exec(date ?? "");
  if (found === null) return date ?? "";
  const parsed = new Date(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
  return new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(parsed);
}
