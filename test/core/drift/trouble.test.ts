import assert from 'node:assert/strict';
import type { KindStatus, Want } from '../../../src/core/cluster/api';
import type { Reading } from '../../../src/core/drift/snapshot';
import { readingOf, troublesOf } from '../../../src/core/drift/trouble';
import { doubtText, type Unread } from '../../../src/core/gitops/unread';

const READY: KindStatus = { kind: 'ready', verifiedAt: 1 };
const DENIED: KindStatus = { kind: 'denied', reason: 'User "ana" cannot list it' };
const STALE: KindStatus = { kind: 'stale', since: 5, reason: 'the server answered 500' };
const OFFLINE: KindStatus = { kind: 'offline', since: 5, reason: 'h refuses connections' };
const flux = (kind: string, status: KindStatus): Unread => ({ kind, what: `Flux's ${kind}s`, status });
const want = (kind: string, ...namespaces: string[]): Want => ({ apiVersion: 'v1', kind, namespaces: namespaces.length > 0 ? namespaces : undefined });

/** `statuses`: by kind, or by `kind/namespace`. */
const said = (statuses: Readonly<Record<string, KindStatus>>, wants: readonly Want[], unread: readonly Unread[] = [], lost?: { since: number; reason: string }): unknown =>
  troublesOf(wants, unread, { lost, status: (_, kind, namespace) => statuses[`${kind}/${namespace ?? ''}`] ?? statuses[kind] ?? READY }).map(({ kind, text, since }) => [kind, text, since]);

const LETTERS = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];

const cases: readonly (readonly [name: string, actual: unknown, expected: unknown])[] = [
  ['all is read, or is being read: nothing', said({ Secret: { kind: 'loading' }, Foo: { kind: 'notInstalled' } }, [want('Secret'), want('ConfigMap', 'a'), want('Foo')]), []],
  ['no permission for several kinds is one sentence', said({ Secret: DENIED, Role: DENIED }, [want('Secret', 'a', 'b'), want('Role'), want('ConfigMap')]), [['denied', 'no permission to read Secret, Role', undefined]]],
  ['no permission in one namespace of two names it', said({ 'Secret/b': DENIED }, [want('Secret', 'a', 'b')]), [['denied', 'no permission to read Secret in b', undefined]]],
  ['many kinds are counted', said(Object.fromEntries(LETTERS.map(kind => [kind, DENIED])), LETTERS.map(kind => want(kind))), [['denied', 'no permission to read A, B, C, D, E and 2 more', undefined]]],
  ['what fails is said with its reason and since when', said({ Secret: STALE }, [want('Secret')]), [['failing', 'Secret: not current: the server answered 500', 5]]],
  ['a lost connection explains everything else', said({ Secret: OFFLINE, Role: DENIED }, [want('Secret'), want('Role')], [flux('Kustomization', STALE)], { since: 7, reason: 'h refuses connections' }), [['lost', 'the connection is lost: h refuses connections', 7]]],
  ["a controller's own kinds are said apart, and not again as kinds", said({ Kustomization: DENIED, Secret: DENIED }, [want('Kustomization'), want('Secret')], [flux('Kustomization', DENIED)]), [
    ['denied', "no permission to read Flux's Kustomizations: which controller applies a folder could not be told", undefined],
    ['denied', 'no permission to read Secret', undefined],
  ]],
  ["a controller's kinds that are only being read are no trouble", said({}, [want('Kustomization')], [flux('Kustomization', { kind: 'loading' })]), []],
];

describe('what keeps the cluster from being read', () => {
  for (const [name, actual, expected] of cases) it(name, () => assert.deepEqual(actual, expected));
});

describe('why it cannot be told what controllers do', () => {
  for (const [name, unread, expected] of [
    ['everything was read', [], undefined],
    ['one cause for two kinds is said once', [flux('A', DENIED), flux('B', DENIED)], 'Flux\'s As and Flux\'s Bs may not be read: User "ana" cannot list it'],
    ['three of one cause are one list', [flux('A', { kind: 'loading' }), flux('B', { kind: 'loading' }), flux('C', { kind: 'loading' })], "Flux's As, Flux's Bs and Flux's Cs are being read"],
    ['two causes are both said', [flux('A', { kind: 'loading' }), flux('B', STALE)], "Flux's As are being read; what was read of Flux's Bs is out of date: the server answered 500"],
  ] as const) {
    it(name, () => assert.equal(doubtText(unread), expected));
  }
});

describe('whether something is read for the first time', () => {
  const reads = (statuses: Readonly<Record<string, KindStatus>>, lost?: { since: number; reason: string }): Reading | undefined =>
    readingOf([want('Secret', 'a', 'b'), want('Role')], { lost, status: (_, kind, namespace) => statuses[`${kind}/${namespace ?? ''}`] ?? statuses[kind] ?? READY });
  for (const [name, actual, expected] of [
    ['not when all was read, or is out of date, or may not be', reads({ Secret: STALE, Role: DENIED }), undefined],
    ['while one namespace of one kind is being read', reads({ 'Secret/b': { kind: 'loading' } }), { done: 2, of: 3 }],
    ['not while the connection is lost', reads({ Role: { kind: 'loading' } }, { since: 1, reason: 'x' }), undefined],
  ] as const) {
    it(name, () => assert.deepEqual(actual, expected));
  }
});
