import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../../src/core/base/clock';
import { textAt } from '../../../src/core/base/json';
import { Changer } from '../../../src/core/change/changer';
import type { Confirmation, ConfirmDialog, Question } from '../../../src/core/change/confirmation';
import { Journal } from '../../../src/core/change/journal';
import type { Outcome, Plan, Planned, PushPlan, Refusal } from '../../../src/core/change/plan';
import { Lookup, type Found, type FoundApplication } from '../../../src/core/drift/snapshot-lookup';
import type { ApplicationState, ObjectState } from '../../../src/core/drift/snapshot';
import { applicationsIn, objectsIn, type OpenEngine } from '../drift/open-engine';

/** Plans and executes on an open engine. The person at the keyboard says yes to everything; what they were asked is kept. */
export class OpenChanger {
  readonly changer: Changer;
  readonly journal: Journal;
  readonly asked: Question[] = [];
  /** Milliseconds that the clock of plans is ahead. */
  ahead = 0;
  readonly #open: OpenEngine;
  readonly #folder: string;
  readonly #dialog: ConfirmDialog = { ask: question => Promise.resolve(this.asked.push(question) > 0) };

  private constructor(open: OpenEngine, folder: string) {
    this.#open = open;
    this.#folder = folder;
    const clock: Clock = { now: () => systemClock.now() + this.ahead, after: (ms, run) => systemClock.after(ms, run) };
    this.journal = new Journal(folder, clock, error => assert.ifError(error));
    this.changer = new Changer({ engine: open.engine, journal: this.journal, person: () => 'ana', clock });
  }

  static async create(open: OpenEngine): Promise<OpenChanger> {
    return new OpenChanger(open, await mkdtemp(join(tmpdir(), 'plumbline-journal-')));
  }

  /** Whether changes are enabled, everywhere; waits until there is something. */
  async enable(writable = true): Promise<void> {
    const { engine, until } = this.#open;
    const { environments } = await until('an application', now => applicationsIn(now).some(({ application }) => application !== undefined));
    for (const { id } of environments) await engine.setWritable(id, writable);
    await until('it is remembered', ({ environments: list }) => list.every(environment => environment.writable === writable));
  }

  /** The object of this name, once it is judged so (`drift`) on this value of `data.level`. */
  async object(name: string, verdict: string, level?: string): Promise<Found> {
    const { engine, until } = this.#open;
    const holds = ({ id, ref, verdict: judged }: ObjectState): boolean => {
      const live = engine.input(id)?.live;
      return ref.name === name && judged.verdict === verdict && (level === undefined || (live?.kind === 'present' && textAt(live.object, 'data', 'level') === level));
    };
    const snapshot = await until(`${name} is ${verdict}`, now => objectsIn(now).some(holds));
    const found = new Lookup(snapshot).object(objectsIn(snapshot).find(holds)?.id ?? '');
    assert.ok(found);
    return found;
  }

  /** The application, once it is so. */
  async applicationWhere(holds: (state: ApplicationState) => boolean): Promise<FoundApplication> {
    await this.#open.until('the application', now => applicationsIn(now).some(state => state.application !== undefined && state.doubt === undefined && holds(state)));
    return this.application();
  }

  application(): FoundApplication {
    const [environment] = this.#open.engine.current.environments;
    const application = environment?.applications.find(({ application: unit }) => unit !== undefined);
    assert.ok(environment && application);
    return { environment, application };
  }

  async push(found: Found, force = false): Promise<PushPlan> {
    return plan(await this.changer.planPush(found, force));
  }

  async confirm(made: Plan): Promise<Confirmation> {
    const confirmation = await this.changer.confirm(made, this.#dialog);
    assert.ok(confirmation, 'the plan cannot be confirmed');
    return confirmation;
  }

  /** Asks, and does it. */
  async run(made: Plan): Promise<Outcome> {
    return this.changer.execute(made, await this.confirm(made));
  }

  async close(): Promise<void> {
    await this.#open.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export function plan<P extends Plan>(planned: Planned<P>): P {
  assert.ok(planned.kind === 'plan', JSON.stringify(planned));
  return planned.plan;
}

/** Why there is no plan, or why it was not executed. */
export function refusal(result: Planned<Plan> | Outcome): Refusal {
  assert.ok(result.kind === 'refused', JSON.stringify(result));
  return result.refusal;
}
