/** Light, dark, or as the system has it. */
import { Center, SegmentedControl, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import { IconDeviceDesktop, IconMoon, IconSun } from "@tabler/icons-react";
import type { ReactNode } from "react";

const option = (value: "light" | "auto" | "dark", name: string, icon: ReactNode) => ({
  value,
  label: (
    <Center h={16}>
      {icon}
      <VisuallyHidden>{name}</VisuallyHidden>
    </Center>
  ),
});

const options = [
  option("light", "Light", <IconSun size={15} stroke={1.7} />),
  option("auto", "System", <IconDeviceDesktop size={15} stroke={1.7} />),
  option("dark", "Dark", <IconMoon size={15} stroke={1.7} />),
];

export function ColorSchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      aria-label="Color scheme"
      size="xs"
      fullWidth
      value={colorScheme}
      onChange={setColorScheme}
      data={options}
    />
  );
}
