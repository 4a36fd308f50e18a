import assert from 'node:assert/strict';
import { countVerdicts } from '../../src/core/drift/assemble';
import type { ObjectState, Snapshot } from '../../src/core/drift/snapshot';
import type { ObjectVerdict } from '../../src/core/drift/verdict';
import type { Row } from '../../src/views/rows';
import { Tree } from '../../src/views/tree';
import { changed, objectsOf, snapshotOf } from './make';

const NOW = Date.parse('2026-01-02T12:00:00Z');
const SHOWN = { driftedOnly: false, now: NOW };
const TEXT = ['a', 'b', 'c', 'd', 'e', 'f'].map(name => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop}\ndata: {k: v}\n`).join('---\n');

const OBJECTS = objectsOf(TEXT, {});
const drifted = (live: string): Partial<ObjectVerdict> => ({ verdict: 'drift', reason: 'x', fields: [changed(TEXT, 'v', 'data.k', live)] });

/** The objects of `before`, some with another verdict; those without are the same ones. */
const next = (before: readonly ObjectState[], verdicts: Readonly<Record<string, Partial<ObjectVerdict>>>): ObjectState[] =>
  before.map(object => {
    const verdict = verdicts[object.ref.name];
    return verdict ? { ...object, verdict: { ...object.verdict, fields: [], ...verdict } } : object;
  });

/** As VS Code does it: opens everything that there is. */
const open = (tree: Tree, id?: string): Row[] => tree.below(id).flatMap(row => [row, ...open(tree, row.id)]);

function shown(objects: readonly ObjectState[], { page }: { readonly page?: number } = {}): Tree {
  const tree = new Tree(page);
  tree.show(snapshotOf(TEXT, objects), SHOWN);
  open(tree);
  return tree;
}

const labels = (tree: Tree): string[] => tree.below('application:app').map(({ label, description }) => `${label} | ${description}`);

describe('The tree of the Environments view', () => {
  it('draws nothing again when nothing has changed', () => {
    assert.deepEqual(shown(OBJECTS).show(snapshotOf(TEXT, [...OBJECTS], { generation: 2 }), SHOWN), []);
  });

  it('draws only what has changed, and nothing below a row that is drawn', () => {
    const before = next(OBJECTS, { c: drifted('1') });
    const tree = shown(before);
    assert.deepEqual(tree.show(snapshotOf(TEXT, next(before, { c: drifted('2') })), SHOWN), ['field:app|ConfigMap/c|0|.data.k']);
    const after = next(before, { c: drifted('2'), d: { verdict: 'missing' } });
    // What was counted above has changed as well: that row, and all that is below it.
    assert.deepEqual(tree.show(snapshotOf(TEXT, after), SHOWN), ['environment:bench/shop']);
    assert.deepEqual(tree.show(snapshotOf(TEXT, next(after, { d: { verdict: 'missing', claimedBy: ['Application argocd/d'] } })), SHOWN), ['object:app|ConfigMap/d']);
  });

  it('makes no row of what nobody has opened, nor again of what is the same', () => {
    const tree = new Tree();
    const unopened = OBJECTS.map(object => new Proxy(object, { get: () => assert.fail('an object below a closed row was looked at') }));
    assert.deepEqual(tree.show(snapshotOf(TEXT, OBJECTS), SHOWN), []);
    assert.equal(tree.below(undefined).length, 1);
    const first = snapshotOf(TEXT, OBJECTS);
    const closed = (objects: readonly ObjectState[]): Snapshot => ({ ...first, environments: first.environments.map(environment => ({ ...environment, applications: environment.applications.map(application => ({ ...application, objects })) })) });
    assert.deepEqual(tree.show(closed(unopened), SHOWN), []);
    const opened = shown(OBJECTS);
    const rows = rowsById(opened);
    opened.show(closed(next(OBJECTS, { a: { verdict: 'in-sync', notes: ['x'] } })), SHOWN);
    assert.deepEqual([...rowsById(opened)].filter(([id, row]) => id.startsWith('object:') && rows.get(id) !== row).map(([id]) => id), ['object:app|ConfigMap/a']);
  });

  it('draws everything when the environments are others, and lets go of what is no more', () => {
    const tree = shown(OBJECTS);
    const { environments, ...rest } = snapshotOf(TEXT, OBJECTS);
    assert.equal(tree.show({ ...rest, environments: [] }, SHOWN), 'all');
    assert.equal(tree.row('object:app|ConfigMap/a'), undefined);
    assert.equal(tree.show({ ...rest, environments }, SHOWN), 'all');
  });

  it('draws an application from the row above once it is known: VS Code opens nothing that it has shown closed', () => {
    const unknown = next(OBJECTS, Object.fromEntries(OBJECTS.map(({ ref }) => [ref.name, { verdict: 'unknown' as const }])));
    // The environment's own row stays as it is.
    const of = (objects: readonly ObjectState[]): Snapshot => {
      const one = snapshotOf(TEXT, objects);
      return { ...one, environments: one.environments.map(environment => ({ ...environment, counts: {} })) };
    };
    const tree = new Tree();
    tree.show(of(unknown), SHOWN);
    open(tree);
    assert.deepEqual(tree.below('environment:bench/shop').map(({ known, open: isOpen }) => [known, isOpen]), [[false, false]]);
    const first = next(OBJECTS, { a: drifted('1') });
    assert.deepEqual(tree.show(of(first), SHOWN), ['environment:bench/shop']);
    assert.deepEqual(tree.show(of(next(first, { b: { verdict: 'missing' } })), SHOWN), ['application:app']);
    tree.show(of(unknown), SHOWN);
    assert.deepEqual(tree.below('environment:bench/shop').map(({ known }) => known), [true]);
  });

  it('keeps the node of a thing, by which VS Code knows it', () => {
    const tree = shown(OBJECTS);
    const nodes = (): unknown[] => [...rowsById(tree).values()].map(({ node }) => node);
    const before = nodes();
    tree.show(snapshotOf(TEXT, next(OBJECTS, { a: { verdict: 'missing' }, b: drifted('1') }), { writable: true }), SHOWN);
    assert.ok(before.every(node => nodes().includes(node)));
  });

  it('takes over what may be done in an environment for each of its objects', () => {
    const tree = shown(OBJECTS);
    tree.show(snapshotOf(TEXT, OBJECTS, { writable: true }), SHOWN);
    assert.deepEqual(new Set(tree.below('application:app').map(({ flags }) => flags)), new Set(['object live file writable']));
  });

  it('lists many objects a page at a time, and says what is wrong with those that are not listed', () => {
    const tree = shown(next(OBJECTS, { f: drifted('1') }), { page: 2 });
    assert.deepEqual(labels(tree), ['ConfigMap a | In sync', 'ConfigMap b | In sync', 'Show 2 More | 4 not listed · 1 drifted']);
    assert.deepEqual(tree.showMore('application:app'), ['application:app']);
    assert.deepEqual(labels(tree).slice(3), ['ConfigMap d | In sync', 'Show 2 More | 2 not listed · 1 drifted']);
    assert.deepEqual(tree.showMore('application:app'), ['application:app']);
    assert.deepEqual(labels(tree).slice(4), ['ConfigMap e | In sync', 'ConfigMap f | Drifted: 1 field']);
  });

  it('has no row for one more: that one takes no more room', () => {
    assert.equal(labels(shown(OBJECTS, { page: 5 })).at(-1), 'ConfigMap f | In sync');
    assert.match(labels(shown(OBJECTS, { page: 4 })).at(-1) ?? '', /^Show 2 More \| 2 not listed · in sync$/);
  });

  it('says anew what is not listed when that has changed', () => {
    const tree = shown(OBJECTS, { page: 2 });
    const after = next(OBJECTS, { f: drifted('1') });
    const one = snapshotOf(TEXT, after);
    tree.show({ ...one, environments: one.environments.map(environment => ({ ...environment, applications: environment.applications.map(application => ({ ...application, counts: countVerdicts(['in-sync']) })), counts: countVerdicts(['in-sync']) })) }, SHOWN);
    assert.equal(labels(tree).at(-1), 'Show 2 More | 4 not listed · 1 drifted');
  });

  it('counts only what drifted when only that is listed', () => {
    const tree = shown(next(OBJECTS, { f: drifted('1') }), { page: 2 });
    assert.deepEqual(tree.show(snapshotOf(TEXT, next(OBJECTS, { f: drifted('1') })), { ...SHOWN, driftedOnly: true }), ['application:app']);
    assert.deepEqual(labels(tree), ['ConfigMap f | Drifted: 1 field']);
  });
});

const rowsById = (tree: Tree): Map<string, Row> => new Map(open(tree).map(row => [row.id, row]));
