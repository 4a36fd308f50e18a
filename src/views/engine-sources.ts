import { explain } from '../core/drift/explain';
import type { Engine } from '../core/drift/ports';
import { projectLive, type Projected } from '../core/drift/projection';
import type { ObjectState } from '../core/drift/snapshot';
import { Lookup } from '../core/drift/snapshot-lookup';
import { VERDICTS } from '../core/drift/verdict';
import { withoutManagers } from '../core/kube/bookkeeping';
import type { Shown } from '../core/kube/live';
import { redact } from '../core/kube/redact';
import { parseManifests } from '../core/manifests/parse';
import { blockText, type Style } from '../core/manifests/yaml-text';
import type { LiveSources } from './live-documents';
import { wrapped } from './wrapped';

/** How an object looks that no file has: as kubectl prints it. */
const STYLE: Style = { indent: 2, listIndent: 0, newline: '\n', json: false, quote: '"', literal: true };

const yaml = (object: Shown): string => `${blockText(object, 0, STYLE).join('\n')}\n`;

/** The texts of our documents, made from what the engine judged last. Nothing is fetched. */
export function engineSources(engine: Engine): LiveSources {
  const projected = (object: ObjectState): Projected[] => {
    const input = engine.input(object.id);
    return object.manifest && input ? [{ manifest: object.manifest, verdict: object.verdict, live: input.live }] : [];
  };
  return {
    projection: (path, id) => {
      const file = engine.current.files.get(path);
      if (!file) return undefined;
      const objects = file.objects.filter(object => id === undefined || object.id === id);
      return objects.length === 0 ? undefined : projectLive(file.textVersion, onePerManifest(objects).flatMap(projected));
    },
    rendered: id => {
      const { manifest } = new Lookup(engine.current).object(id)?.object ?? {};
      return manifest && yaml(redact(manifest.object));
    },
    renderedLive: id => {
      const object = new Lookup(engine.current).object(id)?.object;
      const input = engine.input(id);
      if (!object?.manifest || !input) return undefined;
      const text = yaml(redact(object.manifest.object));
      const [manifest] = parseManifests(object.manifest.file, text, 'K2').manifests;
      return manifest && projectLive(text, [{ manifest, verdict: object.verdict, live: input.live }]);
    },
    raw: id => {
      const live = engine.input(id)?.live;
      return live?.kind === 'present' ? yaml(withoutManagers(redact(live.object))) : undefined;
    },
    explanation: id => {
      const { verdict, manifest } = new Lookup(engine.current).object(id)?.object ?? {};
      const input = engine.input(id);
      if (!verdict) return undefined;
      return `${wrapped(input ? explain(verdict, input, manifest?.file) : [verdict.reason, ...verdict.notes].join('\n'))}\n`;
    },
    yaml,
  };
}

/** A manifest that two applications apply has two live objects: the one that differs more is compared with. */
function onePerManifest(objects: readonly ObjectState[]): ObjectState[] {
  const seen = new Map<number, ObjectState>();
  for (const object of [...objects].sort((a, b) => VERDICTS.indexOf(a.verdict.verdict) - VERDICTS.indexOf(b.verdict.verdict))) {
    const start = object.manifest?.range.start ?? -1;
    if (!seen.has(start)) seen.set(start, object);
  }
  return [...seen.values()];
}
