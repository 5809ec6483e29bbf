/** Shown for a path that is no page. */
import { Button } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { Link } from "react-router";
import { Blank } from "../ui/blank.tsx";

export function NotFoundPage() {
  return (
    <Blank icon={IconMapOff} title="There is no such page">
      <Button component={Link} to="/" variant="default">
        To the overview
      </Button>
    </Blank>
  );
}
