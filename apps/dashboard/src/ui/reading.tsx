/** What a panel shows of something that is read: that it is on its way, that it failed, or what it is. */
import { Box, Skeleton, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { FailureNotice } from "./failure-notice.tsx";

interface ReadingProps<T> {
  readonly of: UseQueryResult<T>;
  readonly children: (value: T) => ReactNode;
  /** How many lines stand in while it is read. */
  readonly lines?: number;
}

/** What was read before stays on screen when reading it again fails; the failure is said above it. */
export function Reading<T>({ of, children, lines = 3 }: ReadingProps<T>) {
  return (
    <>
      {of.isError && (
        <Box p="md">
          <FailureNotice error={of.error} retry={of.refetch} />
        </Box>
      )}
      {of.isPending && (
        <Stack p="md">
          {Array.from({ length: lines }, (_, line) => (
            <Skeleton key={line} h={30} />
          ))}
        </Stack>
      )}
      {of.data !== undefined && (
        <div className={of.isPlaceholderData ? "stale" : undefined}>{children(of.data)}</div>
      )}
    </>
  );
}
