import { fromEntries, isArray, isObject, type Json } from '../core/base/json';
import { lookup } from '../core/drift/lookup';
import { inFile } from '../core/drift/place';
import type { ApplicationState } from '../core/drift/snapshot';
import { formatPath } from '../core/kube/path';
import { redact } from '../core/kube/redact';
import { locate } from '../core/manifests/locate';
import { blockText, type Style } from '../core/manifests/yaml-text';
import { leaves } from '../core/render/sites';
import { pathOf } from '../core/render/spot-range';
import { lineAt, sourcesOf, type RenderedRoot } from './render';
import type { Report, ReportObject } from './report';
import type { Scan } from './scan';

const STYLE: Style = { indent: 2, listIndent: 0, newline: '\n', json: false, quote: '"', literal: true };

/**
 * What an application's controller would send, in the order of the report. Secrets are masks, and so is everything that a
 * variable from a Secret of the cluster is part of: the rest of what is printed stands in files.
 */
export async function renderApplication({ objects }: Report, found: Scan, nameOf: (file: string) => string): Promise<RenderedRoot[]> {
  const roots = new Map<string, { readonly kind: RenderedRoot['kind']; readonly objects: RenderedRoot['objects'][number][]; error: string | undefined }>();
  for (const { state, group, folder } of objects) {
    const root = roots.get(group.id) ?? { kind: group.application?.tool ?? 'plain', objects: [], error: undefined };
    roots.set(group.id, root);
    const input = found.engine.input(state.id);
    if (!input || !state.manifest) continue;
    if (input.undecided !== undefined) root.error ??= `${folder}: ${state.ref.kind} ${state.ref.name}: ${input.undecided}`;
    root.objects.push({ object: withoutSecrets(redact(input.desired), secretValues(group, found)), sources: await sources(state, input.desired, found, nameOf) });
  }
  const folders = new Map(objects.map(({ group, folder }) => [group.id, folder]));
  return [...roots].map(([id, { kind, objects: list, error }]) => ({ path: folders.get(id) ?? '.', kind, error, yaml: list.map(({ object }) => `${blockText(object, 0, STYLE).join('\n')}\n`).join('---\n'), objects: list }));
}

async function sources({ id, manifest }: ReportObject['state'], desired: Json, { engine }: Scan, nameOf: (file: string) => string): Promise<Json[]> {
  if (!manifest) return [];
  const trace = await engine.trace(id);
  const text = engine.text(manifest.file) ?? '';
  const { root } = manifest;
  return [...leaves(desired)].flatMap(([steps]): Json[] => {
    const path = pathOf(steps);
    const own = inFile(manifest.object, path);
    const traced = trace?.at(own);
    if (traced) return sourcesOf(path, traced, nameOf);
    if (lookup(manifest.object, own) === undefined) return [{ path: formatPath(path), by: 'injected', certain: true, file: null }];
    const { range, exact } = locate(root, own);
    return [{ path: formatPath(path), by: 'document', certain: exact && trace === undefined, file: nameOf(manifest.file), ...lineAt(text, range) }];
  });
}

function secretValues({ application }: ApplicationState, { engine }: Scan): readonly string[] {
  const from = application?.tool === 'flux' ? (application.build.substitution?.from ?? []) : [];
  return from.flatMap(({ kind, name }) => {
    const state = kind === 'Secret' ? engine.cluster?.store.read({ apiVersion: 'v1', kind, namespace: application?.ref.namespace, name }) : undefined;
    const data = state?.kind === 'present' && isObject(state.object['data']) ? Object.values(state.object['data']) : [];
    return data.flatMap(value => (typeof value === 'string' && value !== '' ? [Buffer.from(value, 'base64').toString('utf8').replaceAll('\n', '')] : []));
  }).filter(value => value !== '');
}

function withoutSecrets(value: Json, secrets: readonly string[]): Json {
  if (secrets.length === 0) return value;
  if (isArray(value)) return value.map(item => withoutSecrets(item, secrets));
  if (isObject(value)) return fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, secrets)]));
  const text = value === null ? '' : String(value);
  return secrets.some(secret => text.includes(secret)) ? '(made from a Secret)' : value;
}
