import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isArray, isObject, listAt, at, textAt, type Json, type JsonObject } from '../src/core/base/json';
import { parseJson } from '../src/core/base/json-text';

const manifest = parseJson(readFileSync('package.json', 'utf8'));
const texts = parseJson(readFileSync('package.nls.json', 'utf8'));
const commands = listAt(manifest, 'contributes', 'commands').map(command => textAt(command, 'command') ?? '');

/** Every text anywhere below. */
function strings(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (isArray(value)) return value.flatMap(strings);
  return isObject(value) ? Object.values(value).flatMap(strings) : [];
}

function objects(value: Json | undefined): JsonObject[] {
  if (isArray(value)) return value.flatMap(objects);
  return isObject(value) ? [value, ...Object.values(value).flatMap(objects)] : [];
}

const properties = (): [string, Json][] => listAt(manifest, 'contributes', 'configuration').flatMap(group => {
  const own = at(group, 'properties');
  return isObject(own) ? Object.entries(own) : [];
});

describe('package.json', () => {
  it('has a text for every %key%, and no text without a key', () => {
    const used = new Set(strings(manifest).flatMap(text => /^%(.+)%$/.exec(text)?.[1] ?? []));
    const known = new Set(isObject(texts) ? Object.keys(texts) : []);
    assert.deepEqual([...used].filter(key => !known.has(key)), []);
    assert.deepEqual([...known].filter(key => !used.has(key)), []);
  });

  it('offers in menus and keys only commands that it declares', () => {
    const mentioned = objects(at(manifest, 'contributes')).flatMap(object => textAt(object, 'command') ?? []);
    assert.deepEqual(mentioned.filter(id => !commands.includes(id)), []);
  });

  it('has welcome buttons only for commands that exist', () => {
    const links = strings(texts).flatMap(text => [...text.matchAll(/\(command:([\w.]+)/g)].map(match => match[1] ?? ''));
    // VS Code makes a command for each view.
    const focus = listAt(manifest, 'contributes', 'views', 'plumbline').map(view => `${textAt(view, 'id') ?? ''}.focus`);
    assert.deepEqual(links.filter(id => id.startsWith('plumbline.') && !commands.includes(id) && !focus.includes(id)), []);
    assert.ok(links.length > 5);
  });

  it('asks in when clauses only for keys that the code sets, and flags that rows have', () => {
    const code = ['context-keys', 'rows', 'pauses'].map(file => readFileSync(`src/views/${file}.ts`, 'utf8')).join('\n');
    const clauses = objects(at(manifest, 'contributes')).flatMap(object => [textAt(object, 'when'), textAt(object, 'enablement')].filter(text => text !== undefined));
    const keys = new Set(clauses.flatMap(clause => [...clause.matchAll(/\bplumbline\.(\w+)/g)].map(match => match[1] ?? '')));
    for (const key of keys) if (!['environments', 'pauses', 'activity'].includes(key)) assert.match(code, new RegExp(`readonly ${key}:`), key);
    const states = clauses.flatMap(clause => [...clause.matchAll(/plumbline\.state [!=]= (\w+)/g)].map(match => match[1] ?? ''));
    for (const state of states) assert.ok(code.includes(`'${state}'`), state);
    const flags = clauses.flatMap(clause => [...clause.matchAll(/\\b\(?([\w|]+)\)?\\b/g)].flatMap(match => (match[1] ?? '').split('|')));
    assert.ok(flags.length > 10);
    for (const flag of flags) assert.ok(code.includes(`'${flag}`) || code.includes(` ${flag}`), flag);
  });

  // Where connecting failed, the view has rows: a text of the manifest cannot name the reason.
  it('has no empty state without a sentence', () => {
    const states = listAt(manifest, 'contributes', 'viewsWelcome').map(entry => textAt(entry, 'when') ?? '').join('\n');
    for (const state of ['untrusted', 'noFolder', 'noManifests', 'noKubeconfig', 'disconnected', 'connecting', 'consent', 'connected', 'loading']) assert.ok(states.includes(`== ${state}`), state);
  });

  it('lets no workspace choose a kubeconfig, a context without trust, what counts as production, or whether Secrets are sent', () => {
    const scopes = new Map(properties().map(([id, property]) => [id, textAt(property, 'scope')]));
    assert.equal(scopes.get('plumbline.kubeconfig'), 'machine');
    assert.equal(scopes.get('plumbline.productionPattern'), 'machine');
    assert.equal(scopes.get('plumbline.verify.secrets'), 'machine');
    assert.ok(listAt(manifest, 'capabilities', 'untrustedWorkspaces', 'restrictedConfigurations').includes('plumbline.contexts'));
    assert.equal(textAt(manifest, 'capabilities', 'untrustedWorkspaces', 'supported'), 'limited');
  });

  it('describes every setting in Markdown, with a scope and a default', () => {
    for (const [id, property] of properties()) {
      assert.ok(id.startsWith('plumbline.'), id);
      assert.ok(textAt(property, 'markdownDescription') !== undefined && textAt(property, 'scope') !== undefined && at(property, 'default') !== undefined, id);
    }
  });

  it('has a walkthrough whose steps end by something that happens, each with a picture of our own', () => {
    const steps = listAt(manifest, 'contributes', 'walkthroughs').flatMap(walkthrough => listAt(walkthrough, 'steps'));
    assert.deepEqual(steps.map(step => textAt(step, 'id')), ['open', 'connect', 'drift', 'pause']);
    const views = listAt(manifest, 'contributes', 'views', 'plumbline').map(view => textAt(view, 'id') ?? '');
    const source = readFileSync('src/views/context-keys.ts', 'utf8');
    for (const step of steps) {
      for (const event of listAt(step, 'completionEvents').map(String)) {
        const [, kind = '', what = ''] = /^(\w+):(.+)$/.exec(event) ?? [];
        // VS Code ticks nothing for what holds already when it reads the step, as the number of folders does.
        const states = /^plumbline\.state (?:== |=~ \/\^\()([\w|]+)(?:\)\$\/)?$/.exec(what)?.[1]?.split('|') ?? [];
        const happens = kind === 'onCommand' ? commands.includes(what) || what === 'workbench.action.files.openFolder' : kind === 'onView' ? views.includes(what) : kind === 'onContext' && states.length > 0 && states.every(state => source.includes(`'${state}'`));
        assert.ok(happens, event);
      }
      assert.ok(listAt(step, 'completionEvents').length > 0);
      assert.match(textAt(step, 'media', 'altText') ?? '', /^%/);
      const picture = readFileSync(textAt(step, 'media', 'svg') ?? '', 'utf8');
      assert.doesNotMatch(picture, /<script|href|url\(/);
      // The colours are the theme's, with one for where there is none.
      assert.doesNotMatch(picture, /(?:fill|stroke)="#/);
    }
  });

  it('is started by nothing that every window has', () => {
    const events = listAt(manifest, 'activationEvents').map(String);
    assert.deepEqual(events.filter(event => /^(\*|onStartupFinished|onLanguage)/.test(event) || event.includes('**')), []);
  });

  it('gives every command a category and an icon', () => {
    for (const command of listAt(manifest, 'contributes', 'commands')) {
      assert.equal(textAt(command, 'category'), '%category%');
      assert.match(textAt(command, 'icon') ?? '', /^\$\([a-z-]+\)$/);
    }
  });

  it('gives every colour a value for each kind of theme', () => {
    for (const color of listAt(manifest, 'contributes', 'colors')) for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight']) assert.match(textAt(color, 'defaults', theme) ?? '', /^#[0-9A-F]{6}$/);
  });
});
