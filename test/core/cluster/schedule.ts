import { at, listAt, textAt, type Json, type JsonObject } from '../../../src/core/base/json';
import type { Cluster, LiveState, Want } from '../../../src/core/cluster/api';
import type { BenchCluster } from '../../bench/cluster';
import type { Fault, FaultProxy } from '../../bench/proxy';
import { Random } from '../kube/random-typed';
import { configMap } from './open';

/** A session behind a proxy of its own. */
export interface Lane {
  readonly bench: BenchCluster;
  readonly proxy: FaultProxy;
  readonly cluster: Cluster;
}

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;
const MANAGERS = ['kubectl-edit', 'helm', 'another-team', 'kustomize-controller'] as const;
/** The longest that something wrong may be called current, milliseconds. */
const BOUND = 15_000;
/** After the last change everything has to be right again; so long is waited for it: on a busy machine a request may have to run into its own limit of 30 s first. */
const PATIENCE = 60_000;
const STEPS = { least: 6, more: 9 } as const;
const MERGE = { type: 'application/merge-patch+json' } as const;

const said = (code: number, reason: string): JsonObject => ({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message: 'a fault', code });
const event = (type: string, object: JsonObject): string => `${JSON.stringify({ type, object })}\n`;

/** What may happen to the next watch or list. */
const FAULTS: readonly ((random: Random) => Fault)[] = [
  random => ({ kind: 'cut', bytes: random.int(1_500) }),
  random => ({ kind: 'half', bytes: random.int(1_500) }),
  random => ({ kind: 'crumbs', bytes: 1 + random.int(7) }),
  random => ({ kind: 'delay', ms: random.int(60) }),
  random => ({ kind: 'answer', status: random.pick([429, 500, 502, 503]), body: JSON.stringify(said(503, 'ServiceUnavailable')) }),
  () => ({ kind: 'answer', status: 410, body: JSON.stringify(said(410, 'Expired')) }),
  () => ({ kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' }),
  () => ({ kind: 'answer', status: 200, body: '' }),
  random => (random.chance(15) ? { kind: 'stall', bytes: random.int(600) } : { kind: 'cut', bytes: 0 }),
  random => ({ kind: 'answer', status: 200, body: event('ERROR', said(random.pick([410, 500]), random.pick(['Expired', 'InternalError']))) }),
  () => ({ kind: 'answer', status: 200, body: `${event('ERROR', said(410, 'Expired'))}{"type":"ADD` }),
];

/**
 * One seeded sequence of writes by several managers and faults between us and the server, in a namespace of its own.
 * Rejects with what was wrong: I1 (afterwards the store, and what was told of it, equal the server) or I2 (nothing was
 * called current that had differed for longer than the bound).
 */
export class Schedule {
  readonly #lane: Lane;
  readonly #random: Random;
  readonly #namespace: string;
  /** What a listener that reads only what it was told of would show. */
  readonly #shown = new Map<string, string>();
  /** What the server has of each name, and since when. */
  readonly #truth = new Map<string, { readonly brief: string; readonly at: number }>();
  readonly #log: string[] = [];
  #count = 0;

  constructor(lane: Lane, seed: number, namespace: string) {
    this.#lane = lane;
    this.#random = new Random(seed);
    this.#namespace = namespace;
  }

  async run(): Promise<void> {
    const { bench, cluster: { store } } = this.#lane;
    await bench.request('DELETE', `/api/v1/namespaces/${this.#namespace}/configmaps`);
    const want: Want = { apiVersion: 'v1', kind: 'ConfigMap', namespaces: [this.#namespace] };
    const listener = store.onChange(changed => {
      for (const name of NAMES) if (changed === 'all' || changed.has(`/ConfigMap/${this.#namespace}/${name}`)) this.#shown.set(name, this.#brief(name));
    });
    try {
      store.want([want]);
      const steps = STEPS.least + this.#random.int(STEPS.more);
      for (let step = 0; step < steps; step++) {
        await this.#step();
        if (this.#random.int(12) === 0) {
          store.want([]);
          store.want([want]);
        }
      }
      this.#lane.proxy.clear();
      await this.#quiet();
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${this.#log.join('\n')}`, { cause: error });
    } finally {
      listener.dispose();
      this.#lane.proxy.clear();
      store.want([]);
    }
  }

  async #step(): Promise<void> {
    const name = this.#random.pick(NAMES);
    const { proxy } = this.#lane;
    const kind = this.#random.int(12);
    if (kind < 2) await this.#write(`add ${name}`, name, 'POST', '', configMap(this.#namespace, name, this.#data()));
    else if (kind < 4) await this.#write(`change ${name}`, name, 'PATCH', `/${name}`, { data: this.#data() });
    else if (kind === 4) await this.#write(`relabel ${name}`, name, 'PATCH', `/${name}`, { metadata: { labels: { step: String(this.#count++) } } });
    else if (kind === 5) await this.#write(`delete ${name}`, name, 'DELETE', `/${name}`);
    else if (kind === 6) {
      await this.#write(`delete ${name}`, name, 'DELETE', `/${name}`);
      await this.#write(`and make ${name} anew`, name, 'POST', '', configMap(this.#namespace, name, this.#data()));
    } else if (kind === 7) {
      this.#log.push('every connection is reset');
      proxy.resetAll();
    } else {
      const fault = this.#random.pick(FAULTS)(this.#random);
      // A list that stalls is given up after 30 s of real time, whatever the clock: longer than the bound.
      const watch = this.#random.int(3) > 0 || fault.kind === 'stall';
      this.#log.push(`the next ${watch ? 'watch' : 'list'}: ${JSON.stringify(fault).slice(0, 120)}`);
      proxy.add({ when: request => request.path.includes('/configmaps') && request.method === 'GET' && request.watch === watch, times: 1 + this.#random.int(2), fault });
      if (this.#random.int(2) === 0) proxy.resetAll();
    }
    this.#look();
  }

  #data(): Record<string, string> {
    return { n: String(this.#count++), text: 'größer 漢字'.repeat(this.#random.int(20)) };
  }

  async #write(what: string, name: string, method: string, path: string, body?: Json): Promise<void> {
    const manager = this.#random.pick(MANAGERS);
    const { status, body: answer } = await this.#lane.bench.request(method, `/api/v1/namespaces/${this.#namespace}/configmaps${path}${method === 'DELETE' ? '' : `?fieldManager=${manager}`}`, body, method === 'PATCH' ? MERGE : {});
    this.#log.push(`${what} by ${manager}: ${status}`);
    if (status < 300) this.#truth.set(name, { brief: method === 'DELETE' ? 'absent' : versionOf(answer), at: Date.now() });
  }

  #read(name: string): LiveState {
    return this.#lane.cluster.store.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace: this.#namespace, name });
  }

  #brief(name: string): string {
    const state = this.#read(name);
    return state.kind === 'present' ? versionOf(state.object) : state.kind;
  }

  /** I2: what the store calls current may lag behind the server, but not for long. */
  #look(): void {
    for (const [name, { brief, at: since }] of this.#truth) {
      const held = this.#brief(name);
      if (held !== 'unknown' && held !== brief && Date.now() - since > BOUND) throw new Error(`I2: ${name} is called current as ${held} ${Date.now() - since} ms after it became ${brief}`);
    }
  }

  /** I1. */
  async #quiet(): Promise<void> {
    const { bench, cluster: { store } } = this.#lane;
    const { body } = await bench.request('GET', `/api/v1/namespaces/${this.#namespace}/configmaps`);
    const server = new Map(listAt(body, 'items').map(item => [textAt(item, 'metadata', 'name') ?? '', item] as const));
    const expected = NAMES.map(name => (server.has(name) ? versionOf(server.get(name)) : 'absent'));
    const end = Date.now() + PATIENCE;
    const differs = (): string | undefined => {
      const [held, shown] = [NAMES.map(name => this.#brief(name)), NAMES.map(name => this.#shown.get(name) ?? 'never told')];
      if (held.join() !== expected.join()) return `I1: the server has ${expected.join(' ')}, the store ${held.join(' ')} (${JSON.stringify([store.status('v1', 'ConfigMap', this.#namespace), store.lost])})`;
      return shown.join() === expected.join() ? undefined : `I1: the store has ${held.join(' ')}, and what was told of is ${shown.join(' ')}`;
    };
    for (let wrong = differs(); wrong !== undefined; wrong = differs()) {
      if (Date.now() > end) throw new Error(wrong);
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    for (const [name, item] of server) {
      const state = this.#read(name);
      const same = state.kind === 'present' && JSON.stringify(at(state.object, 'data')) === JSON.stringify(at(item, 'data')) && textAt(state.object, 'metadata', 'uid') === textAt(item, 'metadata', 'uid');
      if (!same) throw new Error(`I1: ${name} has the server's version and other content`);
    }
  }
}

const versionOf = (object: Json | undefined): string => textAt(object, 'metadata', 'resourceVersion') ?? 'none';
