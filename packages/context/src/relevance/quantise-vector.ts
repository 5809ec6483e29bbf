/** Makes vectors small to keep: whole numbers of one byte. */
import type { Vector } from "./likeness.ts";

const most = 127;

/**
 * The direction of a vector in numbers from -127 to 127, which is all that likeness goes by: the largest in magnitude becomes
 * ±127. Of two vectors of 256 numbers and more the cosine changes by less than 0.01 (property-tested). No number: 0.
 */
export function quantiseVector(vector: Vector): Int8Array {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) {
    largest = Math.max(largest, Math.abs(finite(vector[i])));
  }
  const quantised = new Int8Array(vector.length);
  for (let i = 0; i < vector.length && largest > 0; i++) {
    quantised[i] = Math.round((finite(vector[i]) / largest) * most);
  }
  return quantised;
}

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}
