/** Turns a stage into Terraform configuration, without the cdktf command line. */
import { App } from "cdktf";
import { CaprockStack, type CodeFolders } from "./caprock-stack.ts";
import type { Stage } from "./stages/stage.ts";

/** Writes `<outputFolder>/stacks/<stage>/` and returns that folder; `terraform` runs in it. */
export function synthesize(stage: Stage, codeFolders: CodeFolders, outputFolder: string): string {
  const app = new App({ outdir: outputFolder });
  new CaprockStack(app, stage, codeFolders);
  app.synth();
  return `${outputFolder}/stacks/${stage.name}`;
}
