import type { ApplierChoice } from '../core/drift/asked';
import type { Verdict } from '../core/drift/verdict';

export const OUTPUTS = ['text', 'json', 'sarif', 'junit', 'markdown'] as const;
export type Output = (typeof OUTPUTS)[number];

export const COMMANDS = ['scan', 'diff', 'render', 'record'] as const;
export type Command = (typeof COMMANDS)[number];

/** One command line, read and checked as far as that needs no file and no network. */
export interface Options {
  readonly command: Command;
  /** As typed; at least one. */
  readonly paths: readonly string[];
  /** Where `record` writes to. */
  readonly file: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  /** A kubeconfig inside the folder that is judged may name a program to log in with. */
  readonly allowExec: boolean;
  readonly application: { readonly kind: string; readonly namespace: string; readonly name: string } | undefined;
  readonly applier: ApplierChoice;
  /** `auto`, `none`, or whatever Git understands as a revision. */
  readonly base: string;
  readonly output: Output;
  readonly failOn: ReadonlySet<Verdict>;
  readonly offline: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly color: boolean;
  readonly quiet: boolean;
}
