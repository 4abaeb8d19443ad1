import { ActionIcon, Button, SegmentedControl, Tooltip } from "@mantine/core";
import {
  IconAdjustments,
  IconArrowsMove,
  IconContrast2,
  IconOvalVertical,
  IconHelp,
  IconLink,
  IconMaximize,
  IconPolygon,
  IconRefresh,
  IconRuler2,
  IconZoomIn,
  IconZoomScan,
  IconZoomReset,
  type Icon,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { LAYOUTS } from "../logic/hanging";
import { SHORTCUTS, type Action } from "../logic/shortcuts";
import { TOOLS, type Tool, type ViewState } from "../logic/view-state";

import classes from "./viewer.module.css";

const ICONS: Record<Tool, Icon> = {
  window: IconAdjustments,
  pan: IconArrowsMove,
  zoom: IconZoomIn,
  length: IconRuler2,
  magnifier: IconZoomScan,
  ellipse: IconOvalVertical,
  polygon: IconPolygon,
};
const KEYS = new Map(SHORTCUTS.map(([key, action]) => [action, key]));
const LAYOUT_ACTIONS = {
  four: "layoutFour",
  cc: "layoutCc",
  mlo: "layoutMlo",
  right: "layoutRight",
  left: "layoutLeft",
} as const;

interface Props {
  state: ViewState;
  act: (action: Action) => void;
  mayDraw: boolean;
  hasPrior: boolean;
  aiHidden: boolean;
}

export function Toolbar({ state, act, mayDraw, hasPrior, aiHidden }: Props) {
  const { t } = useTranslation("viewer");
  const tools = mayDraw ? TOOLS : TOOLS.filter((tool) => tool !== "ellipse" && tool !== "polygon");
  return (
    <div className={classes.toolbar} role="toolbar" aria-label={t("toolbar")}>
      <SegmentedControl
        size="xs"
        aria-label={t("layouts")}
        value={state.layout}
        onChange={(layout) => {
          act(LAYOUT_ACTIONS[layout as keyof typeof LAYOUT_ACTIONS]);
        }}
        data={LAYOUTS.map((layout) => ({ value: layout, label: t(`layout.${layout}`) }))}
      />
      {tools.map((tool) => (
        <Tool key={tool} action={tool} icon={ICONS[tool]} pressed={state.tool === tool} act={act} />
      ))}
      <Tool action="link" icon={IconLink} pressed={state.linked} act={act} />
      <Tool action="invert" icon={IconContrast2} pressed={state.inverted} act={act} />
      <Tool action="oneToOne" icon={IconZoomReset} act={act} />
      <Tool action="reset" icon={IconRefresh} act={act} />
      {hasPrior && <Switch action="prior" pressed={state.showPrior} act={act} />}
      <Switch action="marks" pressed={state.showMarks} disabled={aiHidden} act={act} />
      <Switch action="heatMap" pressed={state.showHeatMap} disabled={aiHidden} act={act} />
      <Tool action="fullScreen" icon={IconMaximize} act={act} />
      <Tool action="help" icon={IconHelp} act={act} />
      <strong className={classes.caution}>{t("researchUse")}</strong>
      {aiHidden && <span>{t("aiHidden")}</span>}
    </div>
  );
}

interface ButtonProps {
  action: Action;
  pressed?: boolean;
  disabled?: boolean;
  act: (action: Action) => void;
}

function Tool({ action, icon: Picture, pressed, act }: ButtonProps & { icon: Icon }) {
  const { t } = useTranslation("viewer");
  const name = `${t(`action.${action}`)} (${KEYS.get(action) ?? ""})`;
  return (
    <Tooltip label={name}>
      <ActionIcon
        variant={pressed === true ? "filled" : "default"}
        size="lg"
        aria-label={name}
        aria-pressed={pressed}
        onClick={() => {
          act(action);
        }}
      >
        <Picture size={20} aria-hidden="true" />
      </ActionIcon>
    </Tooltip>
  );
}

function Switch({ action, pressed, disabled, act }: ButtonProps) {
  const { t } = useTranslation("viewer");
  return (
    <Button
      size="xs"
      variant={pressed === true ? "filled" : "default"}
      aria-pressed={pressed}
      disabled={disabled}
      title={`${t(`action.${action}`)} (${KEYS.get(action) ?? ""})`}
      onClick={() => {
        act(action);
      }}
    >
      {t(`switch.${action}`)}
    </Button>
  );
}
