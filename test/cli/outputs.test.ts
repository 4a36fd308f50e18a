import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, listAt, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import { parseJson, stringifyJson } from '../../src/core/base/json-text';
import { parseArguments } from '../../src/cli/arguments';
import { run } from '../../src/cli/run';
import { Terminal, type Stream } from '../../src/cli/terminal';

/** What a hostile colleague may have put into the cluster. */
const NASTY = '\u001b[31m</testsuites><script>|@everyone ![x](http://evil) ]]>&\u202e';
const BIG = 9007199254740993n;

const FILES = {
  'a.yaml': `apiVersion: example.com/v1\nkind: Gauge\nmetadata:\n  name: big\n  namespace: shop\nspec:\n  level: ${BIG}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\n  namespace: shop\ndata:\n  text: plain\n`,
  'b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: gone, namespace: shop}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: same, namespace: shop}\ndata: {a: b}\n',
  'c.yaml': 'kind: [\n',
};

const live = (object: JsonObject, owned: JsonObject, editor?: { readonly manager: string; readonly fields: JsonObject }): JsonObject => ({
  ...object,
  metadata: {
    ...(object['metadata'] as JsonObject),
    uid: 'u',
    resourceVersion: '1',
    managedFields: [
      { manager: 'kubectl', operation: 'Apply', apiVersion: object['apiVersion'] ?? '', fieldsType: 'FieldsV1', fieldsV1: owned },
      ...(editor ? [{ manager: editor.manager, operation: 'Update', apiVersion: object['apiVersion'] ?? '', time: '2026-11-24T04:13:58Z', fieldsType: 'FieldsV1', fieldsV1: editor.fields }] : []),
    ],
  },
});

const LIST: Json = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    live({ apiVersion: 'example.com/v1', kind: 'Gauge', metadata: { name: 'big', namespace: 'shop' }, spec: { level: BIG + 2n } }, {}, { manager: 'kubectl-edit', fields: { 'f:spec': { 'f:level': {} } } }),
    live({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'config', namespace: 'shop' }, data: { text: NASTY } }, {}, { manager: 'k9s', fields: { 'f:data': { 'f:text': {} } } }),
    live({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'same', namespace: 'shop' }, data: { a: 'b' } }, { 'f:data': { 'f:a': {} } }),
  ],
};

/** A terminal, or a pipe, that keeps what it is sent. */
class Sink implements Stream {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 80;

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string, written?: () => void): void {
    this.text += text;
    written?.();
  }

  once(): void {
    // It never breaks.
  }
}

describe('the command line: outputs', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-outputs-'));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'list.txt'), stringifyJson(LIST));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function ask(args: readonly string[], { tty = false, env = {} }: { readonly tty?: boolean; readonly env?: Record<string, string> } = {}): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const invocation = parseArguments([...args, '--offline', 'list.txt']);
    assert.ok(invocation.kind === 'run', JSON.stringify(invocation));
    const [out, err] = [new Sink(tty), new Sink(tty)];
    const terminal = new Terminal(out, err, env);
    terminal.useQuietly(invocation.options.quiet);
    const code = await run(invocation.options, terminal, { cwd: folder, env: { PATH: process.env['PATH'] }, version: '1.2.3' });
    return { code, out: out.text, err: err.text };
  }

  it('JSON: all digits, values as they are, problems, a stable order, and 1-based places', async () => {
    const { code, out } = await ask(['scan', '-o', 'json']);
    assert.equal(code, 1);
    const report = parseJson(out);
    const objects = listAt(report, 'objects');
    assert.deepEqual(objects.map(object => [textAt(object, 'name'), textAt(object, 'source', 'file'), at(object, 'source', 'document'), at(object, 'source', 'line'), textAt(object, 'verdict')]), [
      ['big', 'a.yaml', 1, 1, 'drift'],
      ['config', 'a.yaml', 2, 9, 'drift'],
      ['gone', 'b.yaml', 1, 1, 'unknown'],
      ['same', 'b.yaml', 2, 5, 'in-sync'],
    ]);
    const field = listAt(objects[0], 'fields')[0] ?? null;
    assert.deepEqual([at(field, 'git'), at(field, 'live')], [BIG, BIG + 2n]);
    assert.match(out, /"git": 9007199254740993,\n/);
    assert.deepEqual(at(field, 'at'), { file: 'a.yaml', line: 7, column: 10, endLine: 7, endColumn: 26 });
    assert.deepEqual(at(field, 'owners'), [{ manager: 'kubectl-edit', operation: 'Update', subresource: null, time: '2026-11-24T04:13:58Z' }]);
    assert.equal(at(listAt(objects[1], 'fields')[0] ?? null, 'live'), NASTY);
    assert.deepEqual(at(report, 'summary'), { drift: 2, unknown: 1, 'in-sync': 1 });
    assert.deepEqual(listAt(report, 'problems').map(problem => [textAt(problem, 'file'), at(problem, 'line')]), [['c.yaml', 1]]);
    assert.deepEqual(at(report, 'repository'), { root: '.', head: null, dirty: false });
  });

  it('text: nothing in a value reaches the terminal as a command, and colours are for terminals that want them', async () => {
    const plain = await ask(['scan']);
    assert.ok(!plain.out.includes('\u001b') && !plain.out.includes('\u202e'), plain.out);
    assert.match(plain.out, /^ {6}a\.yaml:7:10 {2}\.spec\.level {2}Git 9007199254740993, live 9007199254740995 · kubectl edit, at or before /m);
    assert.match(plain.out, /c\.yaml:1:/);
    assert.match(plain.out, /\n2 drifted, 1 unknown, 1 in sync, 1 problem /);
    assert.equal(plain.err, '');
    const coloured = await ask(['scan'], { tty: true });
    assert.equal(coloured.out.replace(/\u001b\[\d+m/g, '').replace(/[\d.]+ s\n$/, ''), plain.out.replace(/[\d.]+ s\n$/, ''));
    assert.ok(coloured.out.includes('\u001b[33m') && coloured.err.endsWith('\u001b[2K'), 'colours, and the line of progress taken away');
    assert.ok(!(await ask(['scan', '--no-color'], { tty: true })).out.includes('\u001b'));
    assert.ok(!(await ask(['scan'], { tty: true, env: { NO_COLOR: '1' } })).out.includes('\u001b'));
    assert.equal((await ask(['scan', '-q'], { tty: true })).err, '');
  });

  it('diff: the file against what is live, harmless on a terminal, and what it cannot show is said', async () => {
    const { code, out, err } = await ask(['diff', 'a.yaml', 'b.yaml']);
    assert.equal(code, 1);
    assert.match(out, /^--- live\/a\.yaml\n\+\+\+ a\.yaml\n@@ -4,7 \+4,7 @@\n/);
    assert.match(out, /\n- {2}level: 9007199254740995\n\+ {2}level: 9007199254740993\n/);
    assert.ok(!out.includes('\u001b'));
    assert.match(out, /^Not compared \(unknown\): ConfigMap shop\/gone: /m);
    assert.match(err, /2 drifted/);
  });

  it('SARIF: a result for each field, on its line, and a notification for what could not be read', async () => {
    const log = parseJson((await ask(['scan', '-o', 'sarif'])).out);
    const sarif = listAt(log, 'runs')[0] ?? null;
    assert.deepEqual([textAt(log, 'version'), textAt(sarif, 'tool', 'driver', 'version')], ['2.1.0', '1.2.3']);
    const rules = listAt(sarif, 'tool', 'driver', 'rules').map(rule => textAt(rule, 'id'));
    const results = listAt(sarif, 'results').map(result => [textAt(result, 'ruleId'), textAt(result, 'level'), textAt(result, 'locations', 0, 'physicalLocation', 'artifactLocation', 'uri'), at(result, 'locations', 0, 'physicalLocation', 'region', 'startLine')]);
    assert.deepEqual(results, [['drift', 'warning', 'a.yaml', 7], ['drift', 'warning', 'a.yaml', 15], ['unknown', 'note', 'b.yaml', 1]]);
    for (const [rule] of results) assert.ok(rules.includes(String(rule)));
    assert.equal(listAt(sarif, 'invocations', 0, 'toolExecutionNotifications').length, 1);
    const fingerprints = listAt(sarif, 'results').map(result => textAt(result, 'partialFingerprints', 'plumblineField/v1'));
    assert.equal(new Set(fingerprints).size, fingerprints.length);
  });

  it('JUnit: failures are what --fail-on names, errors what could not be judged, and no value breaks out of it', async () => {
    const { out } = await ask(['scan', '-o', 'junit']);
    assert.match(out, /<testsuite name="\." tests="4" failures="2" errors="1" skipped="0">/);
    assert.match(out, /<testsuite name="files" tests="1" failures="0" errors="1" skipped="0">/);
    assert.equal([...out.matchAll(/<\/testsuites>/g)].length, 1);
    assert.ok(!out.includes('<script>') && !out.includes('\u001b'));
    assert.equal([...out.matchAll(/<testcase /g)].length, 5);
    assert.match((await ask(['scan', '-o', 'junit', '--fail-on', 'unknown'])).out, /tests="4" failures="1" errors="0"/);
  });

  it('Markdown: one row a field, in which nothing is a link, a mention or another cell', async () => {
    const { out } = await ask(['scan', '-o', 'markdown']);
    const rows = out.split('\n').filter(line => line.startsWith('|'));
    assert.equal(rows.length, 2 + 3);
    for (const row of rows) assert.equal(row.split('|').length, 8, row);
    assert.ok(!/<script>|@everyone|!\[x\]/.test(out));
    assert.match(out, /^\*\*2\*\* drifted, \*\*1\*\* unknown, \*\*1\*\* in sync$/m);
  });

  it('a problem alone is no success, and no failure either', async () => {
    assert.equal((await ask(['scan', 'c.yaml'])).code, 2);
  });

  it('everything right is nothing to read but a count', async () => {
    writeFileSync(join(folder, 'good.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same, namespace: shop}\ndata: {a: b}\n');
    const { code, out } = await ask(['scan', 'good.yaml', '-q']);
    rmSync(join(folder, 'good.yaml'));
    assert.deepEqual([code, out], [0, '1 in sync\n']);
  });
});
