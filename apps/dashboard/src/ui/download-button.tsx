/** Saves something of the API as a file. */
import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useDownload } from "../api/documents.ts";

interface DownloadButtonProps {
  readonly fileName: string;
  readonly read: () => Promise<Response>;
  readonly children: ReactNode;
  readonly disabled?: boolean;
}

export function DownloadButton({ fileName, read, children, disabled = false }: DownloadButtonProps) {
  const download = useDownload();
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconDownload size={14} stroke={1.7} />}
      disabled={disabled}
      loading={download.isPending}
      onClick={() => download.mutate({ fileName, read })}
    >
      {children}
    </Button>
  );
}
