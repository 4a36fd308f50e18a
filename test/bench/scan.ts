import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBenchRenderer } from './sandbox';
import { systemClock } from '../../src/core/base/clock';
import { Emitter } from '../../src/core/base/event';
import { readContexts } from '../../src/core/cluster/connect';
import { DriftEngine } from '../../src/core/drift/engine';
import type { Verdict } from '../../src/core/drift/verdict';
import { manifestText, namespaceOf } from './load';
import { connectHere, wireThread } from './wire';
import { collected, compiled, stallProbe, usedBy, type Stall } from './measure';

/** An engine over a folder that holds the load, as the editor and the command line run it. */
export interface Scan {
  readonly engine: DriftEngine;
  /** From connecting to the first snapshot in which every object was judged, milliseconds, and the processor's share. */
  readonly ms: number;
  readonly cpuMs: number;
  readonly stall: Stall;
  /** Bytes of the heap before connecting: what the files hold. */
  readonly files: number;
  /** Bytes beyond the heap before connecting, once all is quiet; and the most the process held at any moment beyond it. */
  readonly heap: number;
  readonly peak: number;
  /** Bytes of `heap` that are compiled code, much of it in the first scan of a process. */
  readonly code: number;
  /** Bytes of memory of the process beyond what it had before connecting, once all is quiet. */
  readonly rss: number;
  readonly verdicts: ReadonlyMap<Verdict, number>;
  /** Computations from connecting to the end. */
  readonly runs: number;
  dispose(): void;
}

/** The load's manifests as files, a folder for each namespace. */
export async function loadFolder(count: number): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'plumbline-load-'));
  const made = new Set<string>();
  for (let i = 0; i < count; i++) {
    const folder = join(root, namespaceOf(i));
    if (!made.has(folder)) await mkdir(folder);
    made.add(folder);
    await writeFile(join(folder, `${i}.yaml`), manifestText(i));
  }
  return root;
}

export const removeFolder = (root: string): Promise<void> => rm(root, { recursive: true, force: true });

/** `judged`: the verdicts that the load has once it is judged. The files are read and parsed before the clock starts: it is the cluster that is measured. */
export async function scan(kubeconfig: string, root: string, count: number, judged: readonly Verdict[] = ['in-sync', 'drift']): Promise<Scan> {
  let begin = (): void => undefined;
  const gate = new Promise<void>(resolve => (begin = resolve));
  const never = new Emitter<never>(error => {
    throw error;
  });
  const said: string[] = [];
  const log = (message: string): void => void said.push(message);
  const engine = new DriftEngine({
    workspace: { trusted: true, folders: [root], unsaved: () => new Map(), visible: () => new Set(), onShape: never.event, onFiles: never.event, onGit: never.event },
    memory: { get: () => undefined, set: () => Promise.resolve() },
    kubeconfigs: { files: () => [kubeconfig], context: undefined },
    loadCluster: () => Promise.resolve({ connect: async (options, signal) => (await gate, connectHere(options, signal)), readContexts }),
    loadJudge: () => import('../../src/core/drift/computation'),
    loadRenderer: () => loadBenchRenderer(),
    openRepository: () => Promise.resolve(undefined),
    env: {},
    userAgent: 'plumbline-bench',
    isProduction: () => false,
    verifiesSecrets: () => false,
    clock: systemClock,
    log: { info: log, warn: log, error: log },
  });
  const tally = (): Map<Verdict, number> => {
    const verdicts = new Map<Verdict, number>();
    for (const { objects } of engine.current.files.values()) for (const { verdict } of objects) verdicts.set(verdict.verdict, (verdicts.get(verdict.verdict) ?? 0) + 1);
    return verdicts;
  };
  // What the product comes with.
  await wireThread();
  engine.start();
  await shown(engine, () => engine.current.connection.kind === 'connecting' && tally().get('unknown') === count, said);
  const [before, codeBefore] = [collected(), compiled()];
  const rss = process.memoryUsage().rss;
  const first = engine.current.generation;
  const stalls = stallProbe();
  const [began, cpu] = [performance.now(), usedBy()];
  begin();
  // Counted only then: to count is work, too.
  const hasRead = (): boolean => engine.current.connection.kind === 'connected' && engine.current.connection.reading === undefined;
  await shown(engine, () => hasRead() && judged.reduce((sum, verdict) => sum + (tally().get(verdict) ?? 0), 0) === count, said);
  const ms = performance.now() - began;
  const cpuMs = cpu();
  const { stall, peak } = stalls.end();
  await new Promise(resolve => setTimeout(resolve, 1000));
  return { engine, ms, files: before, cpuMs, stall, rss: process.memoryUsage().rss - rss, peak: peak - before, heap: collected() - before, code: compiled() - codeBefore, verdicts: tally(), runs: engine.current.generation - first, dispose: () => engine.dispose() };
}

/** Milliseconds without a sign of life, however slow the machine is. */
const SILENCE_MS = 120_000;
const LOOK_MS = 5_000;

function shown(engine: DriftEngine, holds: () => boolean, said: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let [seen, at] = ['', performance.now()];
    const late = setInterval(() => {
      const now = JSON.stringify([engine.current.generation, engine.cluster?.traffic]);
      if (now !== seen) [seen, at] = [now, performance.now()];
      if (performance.now() - at < SILENCE_MS) return;
      clearInterval(late);
      subscription.dispose();
      reject(new Error(`nothing new for ${SILENCE_MS} ms: ${JSON.stringify(engine.current.connection)}\n${said.slice(-5).join('\n')}`));
    }, LOOK_MS);
    const subscription = engine.onSnapshot(() => look());
    const look = (): void => {
      if (!holds()) return;
      clearInterval(late);
      subscription.dispose();
      resolve();
    };
    look();
  });
}
