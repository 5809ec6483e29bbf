/** What each exists in one place only: the environment, the clock, chance, default exports. */
import { isTestFile, type Violation, type Workspace } from "../workspace.ts";

interface Place {
  readonly what: readonly string[];
  readonly in: RegExp;
  readonly instead: string;
}

const places: readonly Place[] = [
  {
    what: ["process.env"],
    in: /^(packages\/platform\/src\/config\/|packages\/aws-local\/src\/settings\.ts$|apps\/dashboard\/(serve\.mjs|vite\.config\.ts)$|apps\/cli\/bin\/caprock\.mjs$|test\/|.*\.test\.ts$)/,
    instead: "declare a setting in packages/platform/src/config and pass it on",
  },
  {
    what: ["Date.now", "Date()", "new Date()", "performance.now", "Math.random"],
    in: /^(packages\/(platform|aws-local)\/src\/system\.ts$|test\/)/,
    instead: "take a Clock or a Random",
  },
  {
    what: ["randomBytes", "randomFillSync", "randomInt", "randomUUID", "getRandomValues"],
    in: /^(packages\/(platform|aws-local)\/src\/system\.ts$|test\/)/,
    instead: "take a Random",
  },
  {
    what: ["export default"],
    in: /(\.config\.ts|\.d\.ts)$/,
    instead: "export by name",
  },
  { what: ["export *"], in: /^$/, instead: "name what is exported" },
  { what: ["vi.mock", "vi.doMock"], in: /^$/, instead: "pass a fake class, or start a real server" },
];

/** Where a test may read the real clock, because it starts processes that do. */
const testsOnRealTime = /^(packages\/aws-local\/)/;

export function strayUses({ packages }: Workspace): Violation[] {
  const files = packages.flatMap((inside) => inside.files);
  return files.flatMap((file) =>
    file.found.flatMap(({ what, line }) => {
      const place = places.find((one) => one.what.includes(what.replace(/^crypto\./, "")));
      const exempt = isTestFile(file.path) && testsOnRealTime.test(file.path);
      return place && !place.in.test(file.path) && !exempt
        ? [{ file: file.path, line, message: `${what}: ${place.instead}` }]
        : [];
    }),
  );
}
