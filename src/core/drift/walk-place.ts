import { isArray, member, type Json } from '../base/json';
import { parseElementKey, type Spelling } from '../kube/element-key';
import { field, type Path, type PathElement } from '../kube/path';
import type { SchemaType } from '../kube/schema';
import { descend, isHeld, type Cursor } from './ownership';

/** What is so from here downwards. */
export interface PlaceMarks {
  /** Inside an open map, or inside a list item that exists only live: no server default can be here. */
  readonly loose: boolean;
  /** Entry of an open map, such as a label. */
  readonly entry: boolean;
  /** The schema does not know the field. */
  readonly undeclared: boolean;
  /** What the schema says the server puts where the field is left out; of a field only. */
  readonly fallback?: Json | undefined;
}

const UNASKED = Symbol('unasked');

/**
 * Where a walk stands. Most places are passed without a word: their path, their owners and what the base has there are
 * worked out from the place above when they are asked for, and then kept.
 */
export class Place implements PlaceMarks {
  readonly above: Place | undefined;
  readonly spelling: Spelling;
  /** The field's name; `undefined` for list items and the object itself. */
  readonly name: string | undefined;
  readonly depth: number;
  readonly loose: boolean;
  readonly entry: boolean;
  readonly undeclared: boolean;
  readonly fallback: Json | undefined;
  /** The item's canonical spelling in FieldsV1, or the item itself until somebody asks. */
  #item: string | { readonly value: Json };
  #path: Path | undefined;
  #cursors: readonly Cursor[] | undefined;
  #base: Json | undefined | typeof UNASKED = UNASKED;
  /** The first item of each key in the base's list. */
  #baseItems: ReadonlyMap<string, Json> | undefined;
  readonly #keyOf: ((item: Json) => string | undefined) | undefined;

  private constructor(above: Place | undefined, spelling: Spelling, name: string | undefined, item: string | { readonly value: Json }, marks: PlaceMarks, keyOf?: (item: Json) => string | undefined) {
    this.above = above;
    this.spelling = spelling;
    this.name = name;
    this.depth = above === undefined ? 0 : above.depth + 1;
    this.loose = marks.loose;
    this.entry = marks.entry;
    this.undeclared = marks.undeclared;
    this.fallback = marks.fallback;
    this.#item = item;
    this.#keyOf = keyOf;
  }

  static root(cursors: readonly Cursor[], base: Json | undefined, spelling: Spelling): Place {
    const root = new Place(undefined, spelling, undefined, '', { loose: false, entry: false, undeclared: false });
    root.#path = [];
    root.#cursors = cursors;
    root.#base = base;
    return root;
  }

  field(name: string, marks: PlaceMarks): Place {
    return new Place(this, this.spelling, name, '', marks);
  }

  /** An item of the list that stands here. `keyOf` spells any item of it. */
  item(key: string | { readonly value: Json }, keyOf: (item: Json) => string | undefined, marks: PlaceMarks): Place {
    return new Place(this, this.spelling, undefined, key, marks, keyOf);
  }

  get path(): Path {
    this.#path ??= [...(this.above?.path ?? []), this.step];
    return this.#path;
  }

  /** The last step of the path. Not to be asked of the object itself. */
  get step(): PathElement {
    if (this.name !== undefined) return field(this.name);
    const element = parseElementKey(this.#key);
    if (element === undefined || element === 'unknown') throw new TypeError('a list item without a key');
    return element;
  }

  get cursors(): readonly Cursor[] {
    this.#cursors ??= descend(this.above?.cursors ?? [], this.name === undefined ? this.#key : this.spelling.field(this.name));
    return this.#cursors;
  }

  get base(): Json | undefined {
    if (this.#base === UNASKED) this.#base = this.#readBase();
    return this.#base;
  }

  #readBase(): Json | undefined {
    const { above } = this;
    if (above?.base === undefined) return undefined;
    return this.name === undefined ? above.baseItem(this.#key, this.#keyOf) : member(above.base, this.name);
  }

  get #key(): string {
    if (typeof this.#item !== 'string') this.#item = this.#keyOf?.(this.#item.value) ?? '';
    return this.#item;
  }

  /** Whether somebody owns the member, or anything in it. */
  holds(name: string): boolean {
    const { cursors } = this;
    return cursors.length > 0 && isHeld(cursors, this.spelling.field(name));
  }

  baseItem(key: string, keyOf: ((item: Json) => string | undefined) | undefined): Json | undefined {
    this.#baseItems ??= firstByKey(this.base, keyOf);
    return this.#baseItems.get(key);
  }
}

function firstByKey(list: Json | undefined, keyOf: ((item: Json) => string | undefined) | undefined): ReadonlyMap<string, Json> {
  const items = new Map<string, Json>();
  for (const item of isArray(list) ? list : []) {
    const key = keyOf?.(item);
    if (key !== undefined && !items.has(key)) items.set(key, item);
  }
  return items;
}

/** The smallest thing that is judged: a scalar, an atomic list or map, an empty container, an entry of a set. */
export class Leaf implements PlaceMarks {
  /** What the two sides have here; `undefined` is absence, `null` is written as such. */
  readonly git: Json | undefined;
  readonly live: Json | undefined;
  readonly type: SchemaType;
  readonly #place: Place;
  readonly #dropsNull: boolean;

  constructor(place: Place, git: Json | undefined, live: Json | undefined, type: SchemaType, dropsNull: boolean) {
    this.git = git;
    this.live = live;
    this.type = type;
    this.#place = place;
    this.#dropsNull = dropsNull;
  }

  get path(): Path {
    return this.#place.path;
  }

  /** The field's name; `undefined` for list items. */
  get name(): string | undefined {
    return this.#place.name;
  }

  get cursors(): readonly Cursor[] {
    return this.#place.cursors;
  }

  get base(): Json | undefined {
    const { base } = this.#place;
    return base === null && this.#dropsNull ? undefined : base;
  }

  get loose(): boolean {
    return this.#place.loose;
  }

  get entry(): boolean {
    return this.#place.entry;
  }

  get undeclared(): boolean {
    return this.#place.undeclared;
  }

  get fallback(): Json | undefined {
    return this.#place.fallback;
  }
}
