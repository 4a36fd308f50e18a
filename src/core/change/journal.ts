import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock';
import { Emitter, type Event } from '../base/event';
import { listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { parseJson, stringifyJson } from '../base/json-text';
import type { ObjectRef } from '../kube/identity';

/** What is about to be done, without a single value: names, paths, and what the person wrote. */
export interface JournalStart {
  readonly action: 'push' | 'pause' | 'resume';
  readonly ref: ObjectRef;
  readonly context: string;
  /** `ClusterPin.identity`. */
  readonly cluster: string;
  readonly manager: string;
  readonly force: boolean;
  readonly creates: boolean;
  /** Paths that change. */
  readonly fields: readonly string[];
  readonly reason: string | undefined;
  readonly by: string | undefined;
}

export type JournalResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly why: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

export interface JournalEntry extends JournalStart {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly result: JournalResult | { readonly kind: 'running' };
}

/** A record without an end is believed to be running for so long; after that its process is gone. Milliseconds. */
const RUNNING = 120_000;
/** Newest entries that are kept in memory and shown. */
const SHOWN = 500;

/**
 * What was written, by whom, to where: JSON lines, one file a day, a line before and a line after each write, each forced to
 * the disk before the next thing happens. A write without its second line ended with its process: its result is unknown.
 * Several processes may append to one folder.
 */
export class Journal {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #changed: Emitter<void>;
  readonly #running = new Set<string>();
  readonly #entries = new Map<string, JournalEntry>();

  constructor(folder: string, clock: Clock, onFailure: (error: unknown) => void) {
    this.#folder = folder;
    this.#clock = clock;
    this.#changed = new Emitter<void>(onFailure);
  }

  get onChange(): Event<void> {
    return this.#changed.event;
  }

  /** What is known, newest first. */
  entries(): readonly JournalEntry[] {
    return [...this.#entries.values()].sort((a, b) => b.at - a.at).slice(0, SHOWN).map(entry => this.#settled(entry));
  }

  /** Reads the newest files, also what other processes wrote. A line that cannot be read is passed over: the rest still counts. */
  async load(): Promise<void> {
    const names = (await readdir(this.#folder).catch(() => [])).filter(name => /^activity-\d{4}-\d\d-\d\d\.jsonl$/.test(name)).sort().reverse();
    const files: JsonObject[][] = [];
    for (const name of names) {
      if (files.flat().length >= 2 * SHOWN) break;
      const text = await readFile(join(this.#folder, name), 'utf8');
      files.unshift(text.split('\n').map(parsedLine).filter(line => line !== undefined));
    }
    // Oldest first: a result may stand in the file of the day after its beginning.
    for (const line of files.flat()) this.#take(line);
    this.#changed.fire();
  }

  /** Records what is about to happen. Resolves once it is on the disk. */
  async begin(start: JournalStart): Promise<string> {
    const id = randomUUID();
    const at = this.#clock.now();
    const { apiVersion, kind, namespace, name } = start.ref;
    const line: JsonObject = { ...start, ref: [apiVersion, kind, namespace ?? null, name], reason: start.reason ?? null, by: start.by ?? null, v: 1, id, at };
    await this.#append(at, line);
    this.#running.add(id);
    this.#take(line);
    this.#changed.fire();
    return id;
  }

  async end(id: string, result: JournalResult): Promise<void> {
    const at = this.#clock.now();
    const line: JsonObject = { v: 1, id, at, result: { ...result } };
    this.#running.delete(id);
    this.#take(line);
    this.#changed.fire();
    await this.#append(at, line);
  }

  #take(line: JsonObject): void {
    const id = textAt(line, 'id');
    if (id === undefined) return;
    const started = startOf(line);
    const known = this.#entries.get(id);
    const result = resultOf(member(line, 'result'));
    if (started) this.#entries.set(id, { ...started, id, at: timeOf(line), result: known?.result ?? { kind: 'running' } });
    else if (known && result) this.#entries.set(id, { ...known, result });
  }

  #settled(entry: JournalEntry): JournalEntry {
    if (entry.result.kind !== 'running' || this.#running.has(entry.id) || this.#clock.now() - entry.at < RUNNING) return entry;
    return { ...entry, result: { kind: 'unknown', message: 'result unknown: Plumbline ended while writing; compare the object to see' } };
  }

  async #append(at: number, line: JsonObject): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const file = await open(join(this.#folder, `activity-${new Date(at).toISOString().slice(0, 10)}.jsonl`), 'a', 0o600);
    try {
      await file.appendFile(`${stringifyJson(line)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

function parsedLine(line: string): JsonObject | undefined {
  try {
    const value: Json = parseJson(line);
    return typeof member(value, 'id') === 'string' ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

const timeOf = (line: JsonObject): number => Number(member(line, 'at')) || 0;

function startOf(line: JsonObject): JournalStart | undefined {
  const action = textAt(line, 'action');
  const [apiVersion, kind, namespace, name] = listAt(line, 'ref');
  if ((action !== 'push' && action !== 'pause' && action !== 'resume') || typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return undefined;
  return {
    action,
    ref: { apiVersion, kind, namespace: typeof namespace === 'string' ? namespace : undefined, name },
    context: textAt(line, 'context') ?? '',
    cluster: textAt(line, 'cluster') ?? '',
    manager: textAt(line, 'manager') ?? '',
    force: member(line, 'force') === true,
    creates: member(line, 'creates') === true,
    fields: listAt(line, 'fields').filter(item => typeof item === 'string'),
    reason: textAt(line, 'reason'),
    by: textAt(line, 'by'),
  };
}

function resultOf(value: Json | undefined): JournalResult | undefined {
  const message = textAt(value, 'message') ?? '';
  switch (textAt(value, 'kind')) {
    case 'done':
      return { kind: 'done' };
    case 'refused':
      return { kind: 'refused', why: textAt(value, 'why') ?? '', message };
    case 'unknown':
      return { kind: 'unknown', message };
    default:
      return undefined;
  }
}
