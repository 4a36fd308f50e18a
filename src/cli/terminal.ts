/** What is used of the streams of a process. */
export interface Stream {
  write(text: string, written?: () => void): unknown;
  once(event: 'error', listener: () => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Env = Readonly<Record<string, string | undefined>>;

const ERASE_LINE = '\r\x1b[2K';
/** Narrower terminals wrap; wider lines are cut. */
const COLUMNS = 80;

/** Findings go to standard output, everything said about the run to standard error. */
export class Terminal {
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  readonly #env: Env;
  #quiet = false;
  #shown = false;

  constructor(stdout: Stream, stderr: Stream, env: Env) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#env = env;
    // `plumbline scan | head` closes the pipe: it ends as SIGPIPE would end it.
    stdout.once('error', () => process.exit(141));
  }

  useQuietly(quiet: boolean): void {
    this.#quiet = quiet;
  }

  /** Colours on standard output: on a terminal only, and never against NO_COLOR (no-color.org) or TERM=dumb. */
  get color(): boolean {
    return this.#stdout.isTTY === true && !this.#env['NO_COLOR'] && this.#env['TERM'] !== 'dumb';
  }

  /** Fulfilled once the text has left the process. */
  out(text: string): Promise<void> {
    this.#erase();
    return new Promise(resolve => this.#stdout.write(text, () => resolve()));
  }

  error(text: string): void {
    this.#erase();
    this.#stderr.write(text);
  }

  /** Something worth knowing that is no finding. */
  hint(text: string): void {
    if (!this.#quiet) this.error(`${text}\n`);
  }

  /** What is going on, on one line that the next one replaces. On a terminal only. */
  progress(text: string): void {
    if (this.#quiet || this.#stderr.isTTY !== true || this.#env['TERM'] === 'dumb') return;
    this.#stderr.write(`${ERASE_LINE}${text.slice(0, (this.#stderr.columns ?? COLUMNS) - 2)}…`);
    this.#shown = true;
  }

  #erase(): void {
    if (this.#shown) this.#stderr.write(ERASE_LINE);
    this.#shown = false;
  }
}
