import * as vscode from 'vscode';
import { Emitter, type Event } from '../core/base/event';
import { Lifetime, type Disposable } from '../core/base/lifetime';

/** Every setting, as plain data. The ids are those of package.json without the `plumbline.` in front. */
export interface Config {
  /** Kubeconfig files as one text, separated as in `KUBECONFIG`; `undefined` when the setting is empty. */
  readonly kubeconfig: string | undefined;
  /** Contexts to show; empty: what was chosen last. */
  readonly contexts: readonly string[];
  /** Names with `*` for any text; a context, namespace or application that one of them matches is production. */
  readonly production: readonly string[];
  /** The program that renders charts; `undefined`: the one on PATH. */
  readonly helm: string | undefined;
  /** Secrets may be sent to the API server to be verified. */
  readonly verifySecrets: boolean;
  readonly afterText: boolean;
  readonly gutter: boolean;
  readonly overviewRuler: boolean;
  readonly explorer: boolean;
  readonly codeLens: boolean;
  readonly hover: boolean;
  readonly problems: boolean;
}

/** Reads the settings now. A value of a wrong type counts as the default. */
export function readConfig(): Config {
  const settings = vscode.workspace.getConfiguration('plumbline');
  const text = (id: string): string | undefined => {
    const value: unknown = settings.get(id);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const on = (id: string): boolean => settings.get<unknown>(id) !== false;
  const texts = (id: string): readonly string[] | undefined => {
    const value: unknown = settings.get(id);
    return isTexts(value) ? value : undefined;
  };
  return Object.freeze({
    kubeconfig: text('kubeconfig'),
    contexts: texts('contexts') ?? [],
    production: texts('productionPattern') ?? ['*prod*'],
    helm: text('helm.path'),
    verifySecrets: settings.get<unknown>('verify.secrets') === true,
    afterText: on('decorations.afterText'),
    gutter: on('decorations.gutter'),
    overviewRuler: on('decorations.overviewRuler'),
    explorer: on('decorations.explorer'),
    codeLens: on('codeLens'),
    hover: on('hover'),
    problems: on('problems'),
  });
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(item => typeof item === 'string');

/** The settings of this window, current at any moment. */
export class Settings implements Disposable {
  readonly #lifetime = new Lifetime();
  readonly #changes: Emitter<Config>;
  #current = readConfig();

  constructor(onFailure: (error: unknown) => void) {
    this.#changes = this.#lifetime.add(new Emitter<Config>(onFailure));
    this.#lifetime.add(
      vscode.workspace.onDidChangeConfiguration(change => {
        if (!change.affectsConfiguration('plumbline')) return;
        this.#current = readConfig();
        this.#changes.fire(this.#current);
      }),
    );
  }

  get current(): Config {
    return this.#current;
  }

  get onChange(): Event<Config> {
    return this.#changes.event;
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}
