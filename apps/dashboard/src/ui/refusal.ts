/** Where a form shows what the API refuses: at the field that it names, else under the form. */
import { useState } from "react";

export interface PlacedRefusal {
  readonly field?: string | undefined;
  readonly message: string;
}

interface RefusableForm {
  setFieldError(field: string, message: string): void;
}

/** `place` finds the field of an error, if it is of one. `clear` before each new try. */
export function useRefusal(form: RefusableForm, place: (error: unknown) => PlacedRefusal) {
  const [problem, setProblem] = useState<string>();
  return {
    problem,
    clear: () => setProblem(undefined),
    show: (error: unknown) => {
      const { field, message } = place(error);
      field === undefined ? setProblem(message) : form.setFieldError(field, message);
    },
  };
}
