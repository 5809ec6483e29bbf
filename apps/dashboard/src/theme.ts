/** The look: colours, type and spacing shared by every page. */
import {
  Badge,
  Button,
  Card,
  type CSSVariablesResolver,
  createTheme,
  Modal,
  Paper,
  Table,
  Tooltip,
} from "@mantine/core";

export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 7, dark: 6 },
  fontFamily:
    '-apple-system, BlinkMacSystemFont, "Segoe UI", Inter, Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: "600" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  colors: {
    indigo: [
      "#eef2ff",
      "#e0e7ff",
      "#c7d2fe",
      "#a5b4fc",
      "#818cf8",
      "#6d70f2",
      "#5b57e6",
      "#4f46e5",
      "#4338ca",
      "#3730a3",
    ],
    gray: [
      "#f8f9fb",
      "#f3f5f8",
      "#eceff4",
      "#e4e8ef",
      "#d7dce5",
      "#9aa4b5",
      "#667085",
      "#4e586b",
      "#343c4c",
      "#1b2130",
    ],
    dark: [
      "#d5d9e2",
      "#aeb5c4",
      "#8790a3",
      "#5f687b",
      "#333a49",
      "#272d3a",
      "#171b25",
      "#10131b",
      "#0b0e14",
      "#07090d",
    ],
  },
  components: {
    Badge: Badge.extend({
      // A word that is cut says nothing: columns give way to it.
      defaultProps: { variant: "light", radius: "sm", tt: "none", fw: 500, miw: "max-content" },
    }),
    Button: Button.extend({ defaultProps: { size: "sm" } }),
    Card: Card.extend({ defaultProps: { withBorder: true, padding: "lg" } }),
    Modal: Modal.extend({
      defaultProps: {
        closeButtonProps: { "aria-label": "Close" },
        centered: true,
        overlayProps: { backgroundOpacity: 0.45, blur: 2 },
        padding: "lg",
      },
      styles: { title: { fontWeight: 600, fontSize: "var(--mantine-font-size-lg)" } },
    }),
    Paper: Paper.extend({ defaultProps: { withBorder: true } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: "sm", horizontalSpacing: "md" } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 200 } }),
  },
});

const tintedColors = ["indigo", "gray", "grape", "red", "orange", "yellow", "teal"] as const;

/** Tints of the light variants as a thin wash of the color over whatever is below, in both schemes. */
export const resolveVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-text": "#1b2130",
    ...tints(8, 12, 8),
    // The library's shades of these are too pale for small words on white.
    "--mantine-color-orange-light-color": "#9a3412",
    "--mantine-color-orange-text": "#9a3412",
    "--mantine-color-yellow-light-color": "#854d0e",
    "--mantine-color-teal-text": "var(--mantine-color-teal-9)",
  },
  dark: tints(14, 20, 3),
});

function tints(percent: number, hoverPercent: number, textShade: number): Record<string, string> {
  return Object.fromEntries(
    tintedColors.flatMap((color) => [
      [`--mantine-color-${color}-light`, wash(color, percent)],
      [`--mantine-color-${color}-light-hover`, wash(color, hoverPercent)],
      [`--mantine-color-${color}-light-color`, `var(--mantine-color-${color}-${textShade})`],
    ]),
  );
}

function wash(color: string, percent: number): string {
  return `color-mix(in srgb, var(--mantine-color-${color}-6) ${percent}%, transparent)`;
}

/** Colours of the chart in order of spend, one for each model that is shown apart. */
export const chartColors = ["#5b57e6", "#0ea5a4", "#f59e0b", "#e2557b", "#3b9ae1", "#84b53b"] as const;
const restColor = "#98a2b5";

/** The colour of the n-th group of the chart. */
export function groupColor(index: number): string {
  return chartColors[index] ?? restColor;
}
