import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import type { ObjectState } from '../core/drift/snapshot';
import { clean } from '../core/drift/words';
import type { ObjectRef } from '../core/kube/identity';
import type { Shown } from '../core/kube/live';
import type { Handles } from './handles';

/** Documents of ours: read-only, never on a disk. */
export const SCHEME = 'plumbline-live';

/** Texts made once that are kept; the oldest are forgotten. */
const MAX_TEXTS = 50;

/** Where the texts come from. Secret values are masked before they get here. `undefined`: no longer, or not yet, to be had. */
export interface LiveSources {
  /** The file's text with the live values of these objects (by id; `undefined`: of all in the file) in place of its own. */
  projection(file: string, object: string | undefined): string | undefined;
  /** What was rendered of the object, as YAML. */
  rendered(object: string): string | undefined;
  /** That text with the live values in place of its own. */
  renderedLive(object: string): string | undefined;
  /** The live object as YAML. */
  raw(object: string): string | undefined;
  explanation(object: string): string | undefined;
  yaml(object: Shown): string;
}

export interface LiveDocumentsParts {
  readonly engine: Engine;
  /** Called once, at the first text. */
  readonly loadSources: () => Promise<LiveSources>;
  readonly handles: Handles;
  readonly onFailure: (error: unknown) => void;
}

/** Serves the left side of every comparison, raw live objects, explanations and previews. */
export class LiveDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #changed = this.#lifetime.add(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidChange = this.#changed.event;
  readonly #loadSources: () => Promise<LiveSources>;
  readonly #onFailure: (error: unknown) => void;
  #sources: Promise<LiveSources> | undefined;
  readonly #handles: Handles;
  readonly #texts = new Map<string, string>();
  #next = 1;

  constructor({ engine, loadSources, handles, onFailure }: LiveDocumentsParts) {
    this.#loadSources = loadSources;
    this.#handles = handles;
    this.#onFailure = onFailure;
    this.#lifetime.add(vscode.workspace.registerTextDocumentContentProvider(SCHEME, this));
    this.#lifetime.add(engine.onSnapshot(() => void this.#renew().catch(this.#onFailure)));
  }

  /** The path is the file's own: the editor then shows one name, and picks the language. */
  liveFile(file: string): vscode.Uri {
    return vscode.Uri.file(file).with({ scheme: SCHEME, query: 'file' });
  }

  liveObject(object: ObjectState): vscode.Uri {
    const { manifest } = object;
    return manifest ? vscode.Uri.file(manifest.file).with({ scheme: SCHEME, query: `object=${this.#handles.of(object.id)}` }) : this.raw(object);
  }

  rendered(object: ObjectState): vscode.Uri {
    return this.#uri(renderedPath(object.ref), `rendered=${this.#handles.of(object.id)}`);
  }

  /** Of the same name as what it is compared with: the editor would else speak of a file that was renamed. */
  renderedLive(object: ObjectState): vscode.Uri {
    return this.#uri(renderedPath(object.ref), `renderedLive=${this.#handles.of(object.id)}`);
  }

  /** The object whose text this is, as it was rendered or with the live values in it. */
  renderedObject(uri: vscode.Uri): string | undefined {
    const [kind, key = ''] = uri.query.split('=', 2);
    return kind === 'rendered' || kind === 'renderedLive' ? this.#handles.idOf(key) : undefined;
  }

  raw(object: ObjectState): vscode.Uri {
    return this.#uri(`live/${nameOf(object.ref)}.live.yaml`, `raw=${this.#handles.of(object.id)}`);
  }

  explanation(object: ObjectState): vscode.Uri {
    return this.#uri(`explain/Verdict on ${object.ref.kind} ${object.ref.name.replaceAll('/', '_')}.txt`, `explain=${this.#handles.of(object.id)}`);
  }

  text(name: string, content: string): vscode.Uri {
    const key = `t${this.#next++}`;
    this.#texts.set(key, content);
    for (const old of this.#texts.keys()) {
      if (this.#texts.size <= MAX_TEXTS) break;
      this.#texts.delete(old);
    }
    return this.#uri(name, `text=${key}`);
  }

  async object(name: string, object: Shown): Promise<vscode.Uri> {
    return this.text(name, (await this.#from()).yaml(object));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    return contentOf(uri, this.#handles, this.#texts, await this.#from()) ?? 'Not available: the object is not in the cluster, could not be read, or this text was made in another session.\n';
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #from(): Promise<LiveSources> {
    return (this.#sources ??= this.#loadSources());
  }

  /** Only documents that are open and would read differently are read again. */
  async #renew(): Promise<void> {
    const open = vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === SCHEME && !uri.query.startsWith('text='));
    for (const document of open) if ((await this.provideTextDocumentContent(document.uri)) !== document.getText() && !this.#lifetime.ended) this.#changed.fire(document.uri);
  }

  #uri(path: string, query: string): vscode.Uri {
    const safe = path.split('/').map(part => clean(part, 120).replaceAll('\\', '_')).join('/');
    return vscode.Uri.from({ scheme: SCHEME, path: `/${safe}`, query });
  }
}

function contentOf(uri: vscode.Uri, handles: Handles, texts: ReadonlyMap<string, string>, from: LiveSources): string | undefined {
  const [kind, key = ''] = uri.query.split('=', 2);
  const id = handles.idOf(key);
  switch (kind) {
    case 'file':
      return from.projection(uri.with({ scheme: 'file', query: '' }).fsPath, undefined);
    case 'object':
      return id === undefined ? undefined : from.projection(uri.with({ scheme: 'file', query: '' }).fsPath, id);
    case 'rendered':
      return id === undefined ? undefined : from.rendered(id);
    case 'renderedLive':
      return id === undefined ? undefined : from.renderedLive(id);
    case 'raw':
      return id === undefined ? undefined : from.raw(id);
    case 'explain':
      return id === undefined ? undefined : from.explanation(id);
    case 'text':
      return texts.get(key);
    default:
      return undefined;
  }
}

/** `rendered/` is what menus look for. */
const renderedPath = (ref: ObjectRef): string => `rendered/${[...(ref.namespace === undefined ? [] : [ref.namespace.replaceAll('/', '_')]), nameOf(ref)].join('/')}.yaml`;

const nameOf = (ref: ObjectRef): string => `${ref.kind}-${ref.name}`.replaceAll('/', '_');
