/** Steps through pages of which the API only knows the way forward. */
import { Button, Group } from "@mantine/core";
import { useState } from "react";

/** Remembers the ends of the pages before this one. */
export function usePages<Cursor>() {
  const [ends, setEnds] = useState<readonly Cursor[]>([]);
  return {
    cursor: ends.at(-1),
    first: ends.length === 0,
    back: () => setEnds(ends.slice(0, -1)),
    forward: (next: Cursor) => setEnds([...ends, next]),
  };
}

interface PagerProps<Cursor> {
  readonly pages: ReturnType<typeof usePages<Cursor>>;
  readonly next: Cursor | undefined;
}

/** Nothing at all when everything is on one page. */
export function Pager<Cursor>({ pages, next }: PagerProps<Cursor>) {
  if (pages.first && next === undefined) {
    return null;
  }
  return (
    <Group justify="flex-end" gap="xs" px="md" py="sm">
      <Button size="xs" variant="default" disabled={pages.first} onClick={pages.back}>
        Previous
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={next === undefined}
        onClick={() => next !== undefined && pages.forward(next)}
      >
        Next
      </Button>
    </Group>
  );
}
