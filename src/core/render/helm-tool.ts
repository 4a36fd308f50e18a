import type { Clock } from '../base/clock';
import { findProgram, type ProgramSettings } from '../git/program';
import { ChartRenderer } from './helm-chart';
import { HelmProcess } from './helm-process';

export interface HelmSearch extends ProgramSettings {
  /** Of the setting: an absolute path, in place of what is on PATH. */
  readonly path: string | undefined;
}

/** A Helm that was found. */
export interface Helm {
  readonly program: string;
  /** As it says itself: `v4.3.1`. */
  readonly version: string;
  readonly charts: ChartRenderer;
}

/** The user's own Helm, looked for when the first chart is to be rendered; one that was found stays. */
export class HelmTool {
  readonly #search: HelmSearch;
  readonly #clock: Clock;
  #found: Promise<Helm | undefined> | undefined;

  constructor(search: HelmSearch, clock: Clock) {
    this.#search = search;
    this.#clock = clock;
  }

  /** `undefined`: there is none, or what is there does not say its version. */
  async find(signal: AbortSignal): Promise<Helm | undefined> {
    const finding = (this.#found ??= this.#find(signal));
    const found = await finding.catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    if (!found) this.#found = undefined;
    return found;
  }

  async #find(signal: AbortSignal): Promise<Helm | undefined> {
    const program = this.#search.path ?? (await findProgram('helm', this.#search));
    if (program === undefined) return undefined;
    const process = new HelmProcess(program, this.#clock);
    const answer = await process.run(['version', '--template', '{{.Version}}'], new Map(), signal);
    const version = answer.kind === 'printed' ? /v\d+\.\d+[\w.+-]*/.exec(answer.text)?.[0] : undefined;
    return version === undefined ? undefined : { program, version, charts: new ChartRenderer(process) };
  }
}
