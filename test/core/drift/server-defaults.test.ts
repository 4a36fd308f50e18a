import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../../src/core/base/json';
import { isFilledIn } from '../../../src/core/drift/server-defaults';
import { field } from '../../../src/core/kube/path';
import type { SchemaType } from '../../../src/core/kube/schema';

const DEDUCED: SchemaType = { kind: 'deduced' };
const ROUTE: SchemaType = { kind: 'list', mode: 'atomic', element: { kind: 'map', mode: 'granular', fields: new Map(), element: undefined, defaults: new Map<string, Json>([['weight', 1]]) } };
const POLICY: JsonObject = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' };
const SET: JsonObject = { apiVersion: 'apps/v1', kind: 'StatefulSet' };
const CUSTOM: JsonObject = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' };
const ports = (...list: readonly Json[]): Json => [{ from: [{ podSelector: {} }], ports: list }];
const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } };

describe('a live value that the server only filled in', () => {
  const table: readonly (readonly [name: string, object: JsonObject, at: string, git: Json, live: Json, expected: boolean, type?: SchemaType])[] = [
    ['a protocol', POLICY, 'ingress', ports({ port: 5432 }), ports({ port: 5432, protocol: 'TCP' }), true],
    ['another protocol', POLICY, 'ingress', ports({ port: 5432 }), ports({ port: 5432, protocol: 'UDP' }), false],
    ['a port more', POLICY, 'ingress', ports({ port: 5432 }), ports({ port: 5432, protocol: 'TCP' }, { port: 22, protocol: 'TCP' }), false],
    ['another port', POLICY, 'ingress', ports({ port: 5432 }), ports({ port: 22, protocol: 'TCP' }), false],
    ['a port less', POLICY, 'ingress', ports({ port: 5432 }, { port: 22 }), ports({ port: 5432, protocol: 'TCP' }), false],
    ['a field that no server sets', POLICY, 'ingress', ports({ port: 5432 }), ports({ port: 5432, endPort: 6000 }), false],
    ['a field less', POLICY, 'ingress', ports({ port: 5432, endPort: 6000 }), ports({ port: 5432 }), false],
    ['a template of a claim', SET, 'volumeClaimTemplates', [claim], [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' }, status: { phase: 'Pending' } }], true],
    ['a template that is larger', SET, 'volumeClaimTemplates', [claim], [{ ...claim, spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Block' } }], false],
    ['what the schema of a custom resource states', CUSTOM, 'rules', [{ name: 'a' }], [{ name: 'a', weight: 1 }], true, ROUTE],
    ['what it does not', CUSTOM, 'rules', [{ name: 'a' }], [{ name: 'a', weight: 2 }], false, ROUTE],
    ['a value of another make', CUSTOM, 'rules', [{ name: 'a' }], { name: 'a' }, false, ROUTE],
  ];
  for (const [name, object, at, git, live, expected, type = DEDUCED] of table) {
    it(`${name}: ${expected ? 'yes' : 'no'}`, () => assert.equal(isFilledIn(type, git, live, [field('spec'), field(at)], { live: { ...object, spec: { [at]: live } }, desired: { ...object, spec: { [at]: git } } }), expected));
  }
});
