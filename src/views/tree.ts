import { Lookup } from '../core/drift/snapshot-lookup';
import { countVerdicts, sumOf } from '../core/drift/assemble';
import type { ApplicationState, Counts, Environment, ObjectState, Snapshot } from '../core/drift/snapshot';
import type { Verdict } from '../core/drift/verdict';
import { clusterRows } from './cluster-rows';
import { distinctNames } from './distinct-names';
import { applicationRow, applicationsShown, environmentRow, fieldRows, isShown, moreRow, objectRow, objectsShown, sameRow, type Around, type Row } from './rows';

export interface TreeOptions {
  readonly driftedOnly: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Rows listed below one row at first, and by how many more each time. An editor draws each of them, seen or not. */
const PAGE = 200;

/** The row above all. */
const TOP = '';

/** Rows below one row, and what they were made of. */
interface Below {
  readonly rows: readonly Row[];
  readonly of: Made | undefined;
}

/** What the rows of objects, or of fields, were made of: of the same they are the same. */
interface Made {
  readonly from: unknown;
  readonly around: string;
}

/**
 * The rows of the Environments view. Rows are made when they are asked for; a new snapshot makes again only those that
 * were, and of these only what it has changed: what it costs depends on what is looked at, not on how much there is.
 */
export class Tree {
  readonly #page: number;
  #snapshot: Snapshot | undefined;
  #lookup: Lookup | undefined;
  #around: Around = { driftedOnly: false, now: 0, several: false, folders: new Map() };
  /** Every row that was handed out. */
  readonly #rows = new Map<string, Row>();
  /** By the row above: what was handed out below it. */
  readonly #below = new Map<string, Below>();
  /** By the row above: how many are listed, where that is more than at first. */
  readonly #listed = new Map<string, number>();
  /** What each row of an object was made of. */
  readonly #objects = new WeakMap<Row, ObjectState>();

  /** `page`: how many rows are listed below one row before the others are asked for. */
  constructor(page = PAGE) {
    this.#page = page;
  }

  /** Shows another snapshot. Returns the rows to draw again, those that lie below one of them left out; `all` when the rows at the top are others. */
  show(snapshot: Snapshot, { driftedOnly, now }: TreeOptions): 'all' | readonly string[] {
    const folders = distinctNames(snapshot.environments.flatMap(({ applications }) => applications.flatMap(({ application, folder }) => (application ? [] : [folder]))));
    this.#snapshot = snapshot;
    this.#lookup = new Lookup(snapshot);
    this.#around = { driftedOnly, now, several: snapshot.connections.length > 1, folders };
    return this.#renew();
  }

  /** Rows below the row with this id; those at the top without one. */
  below(id: string | undefined): readonly Row[] {
    const above = id ?? TOP;
    const known = this.#below.get(above);
    if (known) return known.rows;
    const made = this.#make(above);
    this.#keep(above, made);
    return made.rows;
  }

  row(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** Lists more below the row with this id (`''`: at the top). Returns what `show` does. */
  showMore(id: string): 'all' | readonly string[] {
    this.#listed.set(id, (this.#listed.get(id) ?? this.#page) + this.#page);
    return this.#renew();
  }

  #renew(): 'all' | readonly string[] {
    const changed = new Set<string>();
    const top = this.#visit(TOP, changed);
    return top === 'others' ? 'all' : [...changed];
  }

  /** Makes again what was handed out below a row. `others`: it is not the same rows any more. */
  #visit(above: string, changed: Set<string>): 'same' | 'others' {
    const before = this.#below.get(above);
    if (!before) return 'same';
    const now = this.#make(above, before);
    if (now === before) return 'same';
    let others = now.rows.length !== before.rows.length || now.rows.some((row, i) => row.id !== before.rows[i]?.id);
    const olds = now.rows.map(row => this.#rows.get(row.id));
    // What VS Code has shown closed it opens only as another item, see `known`.
    others ||= now.rows.some((row, i) => olds[i] !== undefined && olds[i].known !== row.known);
    this.#keep(above, now);
    const ids = new Set(now.rows.map(({ id }) => id));
    for (const { id } of before.rows) if (!ids.has(id)) this.#forget(id);
    for (const [i, row] of now.rows.entries()) {
      const old = olds[i];
      if (old === row && this.#objects.has(row)) continue;
      const inside = new Set<string>();
      const below = this.#visit(row.id, inside);
      if (below === 'others' || (old && !sameRow(old, row))) changed.add(row.id);
      else for (const id of inside) changed.add(id);
    }
    return others ? 'others' : 'same';
  }

  #keep(above: string, below: Below): void {
    this.#below.set(above, below);
    for (const row of below.rows) this.#rows.set(row.id, row);
  }

  #forget(id: string): void {
    const below = this.#below.get(id);
    this.#rows.delete(id);
    this.#below.delete(id);
    this.#listed.delete(id);
    for (const row of below?.rows ?? []) this.#forget(row.id);
  }

  #make(above: string, before?: Below): Below {
    const row = above === TOP ? undefined : this.#rows.get(above);
    if (above === TOP) return { rows: this.#top(), of: undefined };
    if (!row || !this.#lookup) return NOTHING;
    const { node } = row;
    switch (node.kind) {
      case 'environment': {
        const environment = this.#lookup.environment(node.id);
        return environment ? { rows: this.#applications(environment, row), of: undefined } : NOTHING;
      }
      case 'application': {
        const found = this.#lookup.application(node.id);
        return found ? this.#objectsBelow(found.application, found.environment, row, before) : NOTHING;
      }
      case 'object': {
        const found = this.#lookup.object(node.id);
        if (!found) return NOTHING;
        const of: Made = { from: found.object, around: this.#aroundOf(found.environment) };
        return before?.of && isSame(before.of, of) ? before : { rows: fieldRows(found.object, found.environment, row.id).map(made => this.#same(made)), of };
      }
      case 'cluster':
      case 'field':
      case 'more':
        return NOTHING;
    }
  }

  #top(): Row[] {
    if (!this.#snapshot) return [];
    const around = this.#around;
    const shown = around.driftedOnly ? this.#snapshot.environments.filter(({ applications }) => applications.some(application => isShown(application, around))) : this.#snapshot.environments;
    const { rows, more } = this.#paged(TOP, shown, environment => environmentRow(environment, around), rest => sumOf(rest.map(({ counts }) => counts)));
    return [...clusterRows(this.#snapshot, around.now), ...rows, ...more].map(row => this.#same(row));
  }

  #applications(environment: Environment, parent: Row): Row[] {
    const { rows, more } = this.#paged(parent.id, applicationsShown(environment, this.#around), application => applicationRow(application, environment, parent.id, this.#around), rest => sumOf(rest.map(({ counts }) => counts)), parent);
    return [...rows, ...more].map(row => this.#same(row));
  }

  #objectsBelow(application: ApplicationState, environment: Environment, parent: Row, before: Below | undefined): Below {
    const of: Made = { from: application.objects, around: `${this.#aroundOf(environment)}|${this.#around.driftedOnly}|${this.#listed.get(parent.id) ?? 0}` };
    if (before?.of && isSame(before.of, of)) return before;
    // Of the same object and the same around it, the row is the same.
    const sameAround = before?.of?.around.startsWith(`${this.#aroundOf(environment)}|`) === true;
    const rowFor = (object: ObjectState): Row => {
      const old = sameAround ? this.#rows.get(`object:${object.id}`) : undefined;
      if (old && this.#objects.get(old) === object) return old;
      const row = this.#same(objectRow(object, environment, parent.id, this.#around.now));
      this.#objects.set(row, object);
      return row;
    };
    const { rows, more } = this.#paged(parent.id, objectsShown(application, this.#around), rowFor, rest => countVerdicts(rest.map(({ verdict }): Verdict => verdict.verdict)), parent);
    return { rows: [...rows, ...more.map(row => this.#same(row))], of };
  }

  /** The first of them, and a row that stands for the others. A single one more needs no such row. */
  #paged<T>(above: string, all: readonly T[], make: (one: T) => Row, countsOf: (rest: readonly T[]) => Counts, parent?: Row): { readonly rows: readonly Row[]; readonly more: readonly Row[] } {
    const listed = this.#listed.get(above) ?? this.#page;
    if (all.length <= listed + 1) return { rows: all.map(make), more: [] };
    const rest = all.slice(listed);
    return { rows: all.slice(0, listed).map(make), more: [moreRow(parent, rest.length, Math.min(this.#page, rest.length), countsOf(rest))] };
  }

  /** What the row of an object takes from its environment, and from the day: of a time of another one the date is said. */
  #aroundOf({ context, namespace, writable }: Environment): string {
    return JSON.stringify([context, namespace, writable, new Date(this.#around.now).toDateString()]);
  }

  /** The same thing keeps the same node object from one snapshot to the next: VS Code knows it by that. */
  #same(row: Row): Row {
    const old = this.#rows.get(row.id);
    // Once judged, a row stays what it is: it does not close when its cluster cannot be asked for a while.
    return old ? { ...row, node: old.node, known: row.known || old.known } : row;
  }
}

const NOTHING: Below = { rows: [], of: undefined };

const isSame = (a: Made, b: Made): boolean => a.from === b.from && a.around === b.around;

