import { configMap, deployment, inContainer, type Case } from './case';
import { widget } from './custom';

const WEB = '.spec.template.spec.containers[name="web"]';
const role = (name: string, verb: string): string => `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: ${name}, namespace: NS}\nrules:\n  - apiGroups: [""]\n    resources: [pods]\n    verbs: [${verb}]\n`;
const otherSecret = 'apiVersion: cases.example/v1\nkind: Secret\nmetadata: {name: web, namespace: NS}\ndata:\n  a: plain\nstringData:\n  b: text\n';
const labelled = configMap('a: b').replace('  namespace: NS\n', '  namespace: NS\n  labels:\n    app.kubernetes.io/part-of.all: shop\n    example.com/a.b: x\n');

/** The rows "worth one test each" at the end of `reference/drift.md` 3.4 that need no controller other than Flux. */
export const EXTRA: readonly Case[] = [
  { row: 'x-case', name: 'two objects whose names differ only by case', before: role('web', 'list'), git: role('Web', 'get'), verdict: 'in-sync' },
  { row: 'x-case-b', name: 'the one with the capital was changed', before: role('web', 'get'), git: role('Web', 'get'), steps: [{ json: [{ op: 'replace', path: '/rules/0/verbs/0', value: 'watch' }], as: 'k9s' }], verdict: 'drift', fields: ['.rules drift:changed overwritten @4'] },
  { row: 'x-secret', name: 'a kind called Secret of another group is none: nothing is encoded', git: otherSecret, verdict: 'in-sync' },
  { row: 'x-secret-b', name: 'a kind called Secret of another group, changed by hand', git: otherSecret, steps: [{ patch: { stringData: { b: 'other' } }, as: 'k9s' }], verdict: 'drift', fields: ['.stringData.b drift:changed overwritten @7'] },
  { row: 'x-keys', name: 'labels with dots and slashes', git: labelled, steps: [{ kubectl: ['label', 'configmap/web', '--overwrite', 'example.com/a.b=y'] }], verdict: 'drift', fields: ['.metadata.labels.example.com/a.b drift:changed overwritten @8'] },
  { row: 'x-keys-b', name: 'a label with dots and slashes, taken away by a JSON pointer', git: labelled, steps: [{ json: [{ op: 'remove', path: '/metadata/labels/app.kubernetes.io~1part-of.all' }], as: 'k9s' }], verdict: 'drift', fields: ['.metadata.labels.app.kubernetes.io/part-of.all drift:removed overwritten @7'] },
  { row: 'x-keys-c', name: 'keys with every sign that a pointer escapes', git: widget('free:\n  "a~1b/c.d": 1\n  "f:x\\"y": 2'), steps: [{ json: [{ op: 'replace', path: '/spec/free/a~01b~1c.d', value: 3 }, { op: 'remove', path: '/spec/free/f:x"y' }], as: 'k9s' }], verdict: 'drift', fields: ['.spec.free.a~1b/c.d drift:changed overwritten @8', '.spec.free.f:x"y drift:removed overwritten @9'] },
  { row: 'x-number-key', name: 'items whose key is a number', git: widget('ports:\n  - {port: 80, note: a}\n  - {port: 443, note: b}'), steps: [{ json: [{ op: 'replace', path: '/spec/ports/1/note', value: 'c' }], as: 'k9s' }], verdict: 'drift', fields: ['.spec.ports[port=443,protocol="TCP"].note drift:changed overwritten @9'] },
  { row: 'x-text-key', name: 'items whose key is text of digits', git: widget('parts:\n  - {name: "80", size: 1}'), steps: [{ json: [{ op: 'add', path: '/spec/parts/-', value: { name: '443', size: 2 } }], as: 'kubectl-edit' }], verdict: 'drift', fields: ['.spec.parts[name="443"] drift:extra deleted @7'] },
  { row: 'x-number-set', name: 'a set of numbers', git: widget('numbers: [5, 6]'), steps: [{ json: [{ op: 'replace', path: '/spec/numbers', value: [6, 7] }], as: 'kubectl-edit' }], verdict: 'drift', fields: ['.spec.numbers[=7] drift:extra deleted @7', '.spec.numbers[=5] drift:removed overwritten @7'] },
  { row: 'x-key-default', name: 'a key field that is left to its default', git: widget('ports:\n  - {port: 80, note: a}'), verdict: 'in-sync' },
  { row: 'x-key-default-b', name: 'items that differ only by a key field left to its default', git: widget('ports:\n  - {port: 53, note: a}\n  - {port: 53, protocol: UDP, note: b}'), steps: [{ json: [{ op: 'replace', path: '/spec/ports/0/note', value: 'c' }], as: 'k9s' }], verdict: 'drift', fields: ['.spec.ports[port=53,protocol="TCP"].note drift:changed overwritten @8'] },
];

const changed = (data: Readonly<Record<string, string>>): NonNullable<Case['steps']>[number] => ({ patch: { data }, as: 'k9s' });
const LIST = `apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: first, namespace: NS}\n    data: {a: b}\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: web, namespace: NS}\n    data:\n      a: b\n`;

/** Where a field shows in the file, however it is written. */
export const POSITIONS: readonly Case[] = [
  { row: 'p-alias', name: 'through an alias at the alias', git: configMap('a: &x one\nb: two\nc: *x'), steps: [changed({ c: 'three' })], verdict: 'drift', fields: ['.data.c drift:changed overwritten @9'] },
  { row: 'p-merge', name: 'through a merge key at its alias', git: deployment({ labels: '<<: &all {team: a}', annotations: 'note: x\n<<: *all' }), steps: [{ kubectl: ['annotate', '--overwrite', 'deployment/web', 'team=b'] }], verdict: 'drift', fields: ['.metadata.annotations.team drift:changed overwritten @10'] },
  { row: 'p-flow', name: 'flow style over lines', git: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web,\n  namespace: NS}\ndata: {a: b,\n  c: d,\n  e: f}\n', steps: [changed({ c: 'x' })], verdict: 'drift', fields: ['.data.c drift:changed overwritten @6'] },
  { row: 'p-json', name: 'JSON', git: '{\n  "apiVersion": "v1",\n  "kind": "ConfigMap",\n  "metadata": {\n    "name": "web",\n    "namespace": "NS"\n  },\n  "data": {\n    "a": "b",\n    "c": "d"\n  }\n}\n', steps: [changed({ c: 'x' }), { patch: { data: { e: 'f' } }, as: 'kubectl-edit' }], verdict: 'drift', fields: ['.data.e drift:extra deleted @8', '.data.c drift:changed overwritten @10'] },
  { row: 'p-list', name: 'an item of a List', git: LIST, steps: [changed({ a: 'x' })], verdict: 'drift', fields: ['.data.a drift:changed overwritten @12'] },
  { row: 'p-block', name: 'the line of a literal block that was taken away', git: configMap('x.conf: |\n  one\n  two\n  three\nz: w'), steps: [changed({ 'x.conf': 'one\nthree\n' })], verdict: 'drift', fields: ['.data.x.conf drift:changed overwritten @9'] },
  { row: 'p-folded', name: 'a folded block as a whole', git: configMap('x: >-\n  one\n  two\nz: w'), steps: [changed({ x: 'one 2' })], verdict: 'drift', fields: ['.data.x drift:changed overwritten @7'] },
  { row: 'p-removed', name: 'what is lost, at its value', git: deployment({ container: 'env:\n  - name: A\n    value: "1"\n  - name: B\n    value:\n      "2"' }), steps: [{ patch: inContainer({ env: [{ name: 'B', $patch: 'delete' }] }), as: 'k9s' }], verdict: 'drift', fields: [`${WEB}.env[name="B"] drift:removed overwritten @19`] },
  { row: 'p-extra', name: 'what only the cluster has, at the nearest ancestor that is written', git: deployment({ pod: 'securityContext:\n  runAsNonRoot: true' }), steps: [{ patch: { spec: { template: { spec: { securityContext: { seLinuxOptions: { level: 's0' } } } } } }, as: 'kubectl-edit' }], verdict: 'drift', fields: ['.spec.template.spec.securityContext.seLinuxOptions.level drift:extra deleted @13'] },
  { row: 'p-crlf', name: 'lines of a file with CRLF', git: configMap('a: |\n  one\n  two\nc: d').replaceAll('\n', '\r\n'), steps: [changed({ a: 'one\n2\n' })], verdict: 'drift', fields: ['.data.a drift:changed overwritten @9'] },
];
