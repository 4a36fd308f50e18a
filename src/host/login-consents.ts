import { createHash } from 'node:crypto';
import type { ExecAnswer } from '../core/cluster/exec-plugin';
import type { ExecPlugin } from '../core/cluster/kubeconfig';
import { isArray, isObject, textAt, type Json } from '../core/base/json';
import type { Memory } from '../core/drift/ports';

const KEY = 'loginPrograms';

/** A program that a person allowed a kubeconfig to start. Arguments and variables are part of `hash` only: they may hold secrets. */
export interface LoginConsent {
  readonly source: string;
  readonly command: string;
  readonly hash: string;
}

/**
 * Which programs kubeconfigs outside `~/.kube` may start to log in: each file, command, arguments and variables once,
 * remembered on this machine for every window of this user. Nothing is asked here: what was refused waits for a person
 * who says yes, and in a folder that is not trusted nothing is allowed at all.
 */
export class LoginConsents {
  readonly #memory: Memory;
  readonly #isTrusted: () => boolean;
  #refused: ExecPlugin | undefined;

  constructor(memory: Memory, isTrusted: () => boolean) {
    this.#memory = memory;
    this.#isTrusted = isTrusted;
  }

  /** Refused last, and not allowed since. */
  get refused(): ExecPlugin | undefined {
    return this.#refused;
  }

  readonly answer = (plugin: ExecPlugin): Promise<ExecAnswer> => {
    if (!this.#isTrusted()) return Promise.resolve({ kind: 'refused', reason: 'this folder is not trusted' });
    if (this.list().some(({ hash }) => hash === hashOf(plugin))) return Promise.resolve({ kind: 'allowed' });
    this.#refused = plugin;
    return Promise.resolve({ kind: 'refused', reason: 'it lies outside ~/.kube, so that has to be allowed first (Allow Login Program)' });
  };

  async allow(plugin: ExecPlugin): Promise<void> {
    const hash = hashOf(plugin);
    if (this.#refused && hashOf(this.#refused) === hash) this.#refused = undefined;
    await this.#memory.set(KEY, [...this.list().filter(one => one.hash !== hash), { source: plugin.source, command: plugin.command, hash }]);
  }

  /** What was allowed, oldest first. */
  list(): readonly LoginConsent[] {
    const kept = this.#memory.get(KEY) as Json | undefined;
    return isArray(kept) ? kept.flatMap(one => readConsent(one) ?? []) : [];
  }

  async forget(hash: string): Promise<void> {
    await this.#memory.set(KEY, this.list().filter(one => one.hash !== hash));
  }
}

function readConsent(value: Json): LoginConsent | undefined {
  const [source, command, hash] = ['source', 'command', 'hash'].map(key => textAt(value, key));
  return isObject(value) && source !== undefined && command !== undefined && hash !== undefined ? { source, command, hash } : undefined;
}

const hashOf = ({ source, command, args, env }: ExecPlugin): string =>
  createHash('sha256')
    .update(JSON.stringify([source, command, args, env]))
    .digest('hex');
