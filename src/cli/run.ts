import { writeFile } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { systemClock } from '../core/base/clock';
import { stringifyJson } from '../core/base/json-text';
import { Lifetime } from '../core/base/lifetime';
import { writeRecording } from '../core/cluster/recording';
import { isClusterError } from '../core/cluster/errors';
import { clean } from '../core/drift/words';
import { diffText, fileDiffs } from './diff';
import { CliFailure, EXIT, exitCode } from './exit-code';
import { jsonText } from './json';
import { junitText } from './junit';
import { markdownText } from './markdown';
import type { Options } from './options';
import { paintFor } from './paint';
import { printRoots, renderPaths } from './render';
import { renderApplication } from './render-application';
import { reportOf, type Report } from './report';
import { sarifText } from './sarif';
import { scan, type Scan } from './scan';
import { clusterSource, type ClusterSource } from './session';
import { findTarget, type Target } from './target';
import type { Terminal } from './terminal';
import { nameFrom, reportText, summaryLine } from './text';
import { QuietLog } from './quiet-log';

/** The process this runs in, and the program's own version. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
}

/** Runs one command to its end and gives its exit code. */
export async function run(options: Options, terminal: Terminal, surroundings: Surroundings): Promise<number> {
  const lifetime = new Lifetime();
  try {
    return await new Run(options, terminal, surroundings, lifetime).code();
  } catch (error) {
    if (!(error instanceof CliFailure) && !isClusterError(error)) throw error;
    terminal.error(`plumbline: ${error.message}\n`);
    return error instanceof CliFailure ? error.code : EXIT.unreachable;
  } finally {
    lifetime.dispose();
  }
}

const troublesOf = ({ snapshot: { connection } }: Scan): string[] => (connection.kind === 'connected' ? connection.troubles.map(({ text, detail }) => clean(`${text} (${detail})`, 500)) : []);

class Run {
  readonly #options: Options;
  readonly #terminal: Terminal;
  readonly #surroundings: Surroundings;
  readonly #lifetime: Lifetime;

  constructor(options: Options, terminal: Terminal, surroundings: Surroundings, lifetime: Lifetime) {
    this.#options = options;
    this.#terminal = terminal;
    this.#surroundings = surroundings;
    this.#lifetime = lifetime;
  }

  async code(): Promise<number> {
    const { cwd, env, version } = this.#surroundings;
    const target = await findTarget(this.#options.paths, cwd, async folder => (await import('../core/git/clone')).openRepository(folder, { env, untrusted: [folder] }));
    if (this.#options.command === 'render' && !this.#options.application) return renderPaths(target, this.#options.output === 'json', this.#terminal, this.#lifetime);
    const source = await clusterSource(this.#options, target, { cwd, env });
    const log = new QuietLog();
    const [head, found] = await Promise.all([
      target.repository?.head(),
      scan({ options: this.#options, target, source, env, version, clock: systemClock, log, progress: text => this.#terminal.progress(text) }, this.#lifetime),
    ]);
    // Since the process began: what a person waits for.
    const report = await reportOf(found, { target, cwd, head: head?.sha, seconds: () => performance.now() / 1000 });
    this.#checkApplication(report);
    // What a file does not say is said at each object; there is nothing to be done about it.
    if (this.#options.offline === undefined) for (const line of [...log.lines(), ...troublesOf(found)]) this.#terminal.hint(`plumbline: ${line}`);
    if (this.#options.command === 'render') return printRoots(await renderApplication(report, found, file => relative(target.root, file).split(sep).join('/')), this.#options.output === 'json', this.#terminal);
    if (this.#options.command === 'record') await this.#record(source, report, target);
    else await this.#terminal.out(this.#outputOf(report, found, target));
    await source.settled();
    return exitCode(report, this.#options.command === 'record' ? new Set() : this.#options.failOn);
  }

  /** An application that was asked for by name and is not there is not "nothing to complain about". */
  #checkApplication({ objects }: Report): void {
    const { application } = this.#options;
    if (!application || objects.some(({ group }) => group.application !== undefined)) return;
    throw new CliFailure(EXIT.unreachable, `${application.kind} ${application.namespace}/${application.name} was not found, may not be read, or applies nothing that lies in these paths`);
  }

  #outputOf(report: Report, found: Scan, target: Target): string {
    const { output, command, failOn, color, quiet } = this.#options;
    const paint = paintFor(color && this.#terminal.color);
    const style = { paint, nameOf: nameFrom(this.#surroundings.cwd, target.root), now: Date.now(), quiet };
    if (command === 'diff') {
      const diffs = fileDiffs(report, found, target.root);
      if (output === 'json') return jsonText(report, { diffs: diffs.map(({ file, lines }) => ({ file, diff: lines.map(line => `${line}\n`).join('') })) });
      this.#terminal.hint(summaryLine(report, { ...style, paint: (_, text) => text }));
      return diffText(report, diffs, paint);
    }
    switch (output) {
      case 'text':
        return reportText(report, style);
      case 'json':
        return jsonText(report);
      case 'sarif':
        return sarifText(report, this.#surroundings.version);
      case 'junit':
        return junitText(report, failOn);
      case 'markdown':
        return markdownText(report);
    }
  }

  async #record(source: ClusterSource, report: Report, target: Target): Promise<void> {
    const recording = source.recording();
    if (!recording) throw new CliFailure(EXIT.usage, `nothing was read: no manifest was found in ${target.paths.join(', ')}`);
    const file = resolve(this.#surroundings.cwd, this.#options.file ?? '');
    // What runs in a cluster is nobody's business but its owner's.
    await writeFile(file, `${stringifyJson(writeRecording(recording), 1)}\n`, { mode: 0o600 }).catch((error: unknown) => {
      throw new CliFailure(EXIT.usage, `${this.#options.file ?? ''} cannot be written (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'})`);
    });
    const objects = recording.kinds.reduce((sum, kind) => sum + kind.objects.length, 0);
    this.#terminal.hint(`${objects} objects of ${recording.kinds.length} kinds written to ${this.#options.file ?? ''}; ${report.requests.list} lists, ${report.requests.bytes} bytes read`);
  }
}
