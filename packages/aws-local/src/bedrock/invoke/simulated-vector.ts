/**
 * Simulated embeddings: unit vectors that are alike where texts share words, or beginnings of words, or words of the short list
 * of meanings below. That is enough to see a search by likeness find what a search for words does not, and no more.
 */
import { createHash } from "node:crypto";

/** Words of several languages that count as one. */
const meanings: readonly (readonly string[])[] = [
  ["dog", "hund", "perro", "chien", "puppy"],
  ["cat", "katze", "gato", "chat"],
  ["car", "auto", "automobile", "coche", "voiture", "wagen"],
  ["doctor", "physician", "arzt", "médecin", "médico"],
  ["house", "haus", "casa", "maison"],
  ["money", "geld", "dinero", "argent"],
  ["holiday", "vacation", "urlaub", "vacances", "vacaciones"],
  ["parcel", "package", "paket", "colis", "paquete"],
  ["order", "bestellung", "commande", "pedido"],
  ["number", "nummer", "numéro", "número"],
];
const meaningOf = new Map(meanings.flatMap((words) => words.map((word) => [word, `=${words[0]}`] as const)));

const beginningLetters = 4;
/** Short words mean little, whatever the language. */
const shortLetters = 3;
const shortWeight = 0.2;
const beginningWeight = 0.5;
/** In how many places of a vector a word stands. */
const placesOfWord = 8;

/** The same text gives the same vector, of length 1. */
export function simulatedVector(text: string, dimensions: number): number[] {
  const values = new Array<number>(dimensions).fill(0);
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  for (const word of words) {
    const meaning = meaningOf.get(word);
    const isShort = meaning === undefined && word.length <= shortLetters;
    add(values, meaning ?? word, isShort ? shortWeight : 1);
    if (meaning === undefined && word.length > beginningLetters) {
      add(values, `${word.slice(0, beginningLetters)}…`, beginningWeight);
    }
  }
  if (words.size === 0) {
    add(values, `:${text}`, 1);
  }
  const length = Math.hypot(...values) || 1;
  return values.map((value) => Math.fround(value / length));
}

function add(values: number[], feature: string, weight: number): void {
  const hash = createHash("sha256").update(feature).digest();
  for (let at = 0; at < placesOfWord; at += 1) {
    const number = hash.readUInt32LE(at * 4);
    const place = (number >>> 1) % values.length;
    values[place] = (values[place] ?? 0) + (number & 1 ? weight : -weight);
  }
}
