import assert from 'node:assert/strict';
import { isObject, type Json, type JsonObject } from '../../../src/core/base/json';
import type { JudgeInput } from '../../../src/core/drift/judge-input';
import { LeafJudge } from '../../../src/core/drift/leaf-judge';
import { readOwnership } from '../../../src/core/drift/ownership';
import { Walk, type WalkRules } from '../../../src/core/drift/walk';
import { Place } from '../../../src/core/drift/walk-place';
import { Spelling } from '../../../src/core/kube/element-key';
import { asLive } from '../../../src/core/kube/live';
import type { SchemaType } from '../../../src/core/kube/schema';
import { fieldSetOf } from '../../../src/core/kube/typed';
import { mutated, Random, randomSchema, randomValue, type Disorder } from '../kube/random-typed';
import { FLUX, inputOf } from './make';
import { PlainWalk } from './plain-walk';

const TOOLS = ['flux', 'argo', 'argo-ssa', 'kubectl', 'helm4', 'none'] as const;
const SOME: JudgeInput = inputOf({ git: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n', live: { kind: 'absent' } });

interface Case {
  readonly git: JsonObject;
  readonly live: JsonObject;
  readonly base: JsonObject | undefined;
  readonly input: JudgeInput;
  readonly rules: Pick<WalkRules, 'flatLists' | 'uniqueKeys' | 'dropsNull'>;
  readonly schema: SchemaType;
}

const TYPE = { apiVersion: 'v1', kind: 'Thing' };

function randomCase(random: Random): Case {
  const schema = random.chance(90) ? randomSchema(random) : ({ kind: 'deduced' } as const);
  const disorder: Disorder = { duplicates: random.chance(20) ? 40 : 0, wrong: random.chance(20) ? 8 : 0, nulls: random.chance(30) ? 8 : 0 };
  const asMap = (value: Json): JsonObject => ({ ...(isObject(value) ? value : {}), ...TYPE });
  const git = asMap(randomValue(random, schema, disorder));
  // Mostly alike, as live objects are, and never the same piece of memory.
  const like = (value: JsonObject): JsonObject => structuredClone<JsonObject>(random.chance(80) ? asMap(mutated(random, value, schema, disorder)) : value);
  const live = like(git);
  const managers = ['kustomize-controller', 'kubectl-edit', 'other'].filter(() => random.chance(60));
  const managedFields = managers.map((manager): JsonObject => ({ manager, operation: random.chance(50) ? 'Apply' : 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: fieldSetOf(random.chance(50) ? like(live) : live, schema).toJson() }));
  const owned = random.chance(85) ? { ...live, metadata: { managedFields } } : live;
  const base = random.chance(60) ? like(random.chance(50) ? git : live) : undefined;
  const tool = random.pick(TOOLS);
  const input: JudgeInput = { ...SOME, desired: git, live: { kind: 'present', object: asLive(owned), seen: [] }, base: base ? { kind: 'known', object: base } : random.chance(50) ? { kind: 'absent' } : { kind: 'unknown', reason: 'r' }, schema, applier: { ...FLUX, tool } };
  return { git, live: owned, base, input, schema, rules: { flatLists: random.chance(15), uniqueKeys: random.chance(70), dropsNull: random.chance(40) } };
}

function found(walker: typeof Walk | typeof PlainWalk, { git, live, base, input, rules, schema }: Case, spelling: Spelling): unknown {
  const ownership = readOwnership(live, input.applier, git);
  const leaves = new LeafJudge(input, live, ownership);
  const walk = new walker({ ...rules, leaf: leaf => leaves.judge(leaf), skip: ({ depth, name }) => depth === 1 && (name === 'metadata' || name === 'b') });
  const drafts = walk.object(git, live, Place.root(ownership.kind === 'tracked' ? ownership.cursors : [], base, spelling), schema);
  return { drafts: drafts.map(({ owners, ...draft }) => ({ ...draft, owners: owners.map(({ owner, role }) => ({ owner, role })) })), undeclared: leaves.undeclared };
}

describe('the walk over Git, live and base', () => {
  it('finds with its short cuts what it finds without: the same drafts in the same order', () => {
    const spelling = new Spelling();
    const verdicts = new Map<string, number>();
    let alike = 0;
    for (let seed = 1; seed <= 6_000; seed++) {
      const one = randomCase(new Random(seed));
      const plain = found(PlainWalk, one, new Spelling()) as { readonly drafts: readonly { readonly decision: { readonly verdict: string } }[] };
      assert.deepEqual(found(Walk, one, spelling), plain, `seed ${seed}`);
      if (plain.drafts.length === 0) alike++;
      for (const { decision } of plain.drafts) verdicts.set(decision.verdict, (verdicts.get(decision.verdict) ?? 0) + 1);
    }
    assert.ok(alike > 500 && ['drift', 'pending', 'conflict', 'invalid', 'extra', 'equivalent', 'undecided'].every(verdict => (verdicts.get(verdict) ?? 0) > 50), `too little was found to mean anything: ${alike} alike, ${JSON.stringify([...verdicts])}`);
  });
});
