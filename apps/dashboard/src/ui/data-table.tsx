/** A table of figures: its headings, and rows that scroll sideways where the screen is narrow. */
import { ScrollArea, Table, type TableProps, VisuallyHidden } from "@mantine/core";

interface Heading {
  readonly text: string;
  readonly align?: "right";
  /** Read out and not shown: of a column of buttons. */
  readonly hidden?: boolean;
  /** Pixels. */
  readonly width?: number;
}

interface DataTableProps extends TableProps {
  readonly headings: readonly (string | Heading)[];
}

export function DataTable({ headings, children, ...table }: DataTableProps) {
  return (
    <ScrollArea type="auto">
      <Table {...table}>
        <Table.Thead className="table-head">
          <Table.Tr>
            {headings.map((heading) => {
              const { text, align, hidden, width } =
                typeof heading === "string" ? ({ text: heading } as Heading) : heading;
              return (
                <Table.Th key={text} ta={align} w={width}>
                  {hidden ? <VisuallyHidden>{text}</VisuallyHidden> : text}
                </Table.Th>
              );
            })}
          </Table.Tr>
        </Table.Thead>
        {children}
      </Table>
    </ScrollArea>
  );
}

/** The heading of a column of figures. */
export function figures(text: string): Heading {
  return { text, align: "right" };
}

/** The heading of a column of buttons. */
export function unseen(text: string, width?: number): Heading {
  return { text, hidden: true, ...(width === undefined ? {} : { width }) };
}
