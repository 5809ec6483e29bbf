/** Names which of the tenant's applications calls with a key. */
import { Autocomplete } from "@mantine/core";

interface ApplicationFieldProps {
  readonly applications: readonly string[];
  readonly value: string;
  readonly onChange: (application: string) => void;
}

export function ApplicationField({ applications, value, onChange }: ApplicationFieldProps) {
  return (
    <Autocomplete
      label="Application"
      description="Which of the tenant's applications calls with it: reports and limits go by it."
      placeholder="default"
      maxLength={64}
      data={[...applications]}
      value={value}
      onChange={onChange}
    />
  );
}
