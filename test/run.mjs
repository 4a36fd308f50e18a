// The entry to everything: `node test/run.mjs start|test|unit|bench|host|desktop|perf|screenshots|package`.
// Needs nothing but Node >= 20 and npm: it installs what the rest needs before it loads any of it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const MODULES = join(ROOT, 'node_modules');
const MINUTE = 60_000;
/** What the editor loads at start, and what is published, in bytes. */
const SIZE_LIMITS = { 'dist/extension.cjs': 250_000 };
const BINARIES = { tsc: 'typescript/bin/tsc', eslint: 'eslint/bin/eslint.js', mocha: 'mocha/bin/mocha.js' };

const children = new Set();
let interrupted = false;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    interrupted = true;
    // A terminal sends Ctrl-C to the children as well; a second SIGINT would make them skip their tidying up.
    if (name !== 'SIGINT' || !process.stdin.isTTY) for (const child of children) child.kill(name);
  });
}

/** Runs a program in the repository with our terminal, or with `say` for what it prints. Resolves to its exit code; 124 when it took too long. */
function run(program, args, { limitMs = 0, env = {}, say } = {}) {
  return new Promise(resolve => {
    const out = say ? 'pipe' : 'inherit';
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', out, out], env: { ...process.env, ...env }, shell: process.platform === 'win32' && program === 'npm' });
    children.add(child);
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', say);
    let late = false;
    const timer = limitMs && setTimeout(() => {
      late = true;
      console.error(`not finished within ${limitMs / MINUTE} minutes: ended`);
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
    }, limitMs);
    const end = code => {
      clearTimeout(timer);
      children.delete(child);
      resolve(late ? 124 : code);
    };
    child.on('error', error => {
      console.error(`${program}: ${error.message}`);
      end(127);
    });
    child.on('exit', (code, signal) => end(code ?? (signal ? 128 : 1)));
  });
}

const node = (args, options) => run(process.execPath, args, options);
const tool = (name, args, options) => node([join(MODULES, BINARIES[name]), ...args], options);
const script = (file, args, options) => node(['--import', 'tsx', join('test', file), ...args], options);

/** `npm ci` where the installed packages are not those of the lock file. */
async function install() {
  const lock = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json'))).digest('hex');
  const stamp = join(MODULES, '.plumbline-lock');
  const read = file => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  };
  if (read(stamp) === lock) return;
  const newest = file => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (newest(join(MODULES, '.package-lock.json')) < newest(join(ROOT, 'package-lock.json'))) {
    console.log('npm ci');
    if ((await run('npm', ['ci', '--no-audit', '--no-fund'])) !== 0) throw new Error('npm ci failed');
  }
  writeFileSync(stamp, lock);
}

/** A check that either holds or not. */
const check = (name, act) => ({ name, run: async () => ((await act()) === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }) });

/** What the reporter wrote: what became of each file's tests. */
const parts = counts => readFileSync(counts, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line));

/** A mocha run, whose own counts are added. One that crashed, or ran nothing, is a failure. What failed is told once more at the very end. */
const suite = (name, act) => ({
  name,
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-counts-'));
    const file = join(folder, 'counts');
    try {
      writeFileSync(file, '');
      const code = await act({ PLUMBLINE_COUNTS: file });
      const counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
      for (const part of parts(file)) {
        for (const key of ['passed', 'failed', 'skipped']) counts[key] += part[key];
        counts.failures.push(...part.failures.map(failure => ({ ...failure, file: part.file })));
      }
      if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) {
        console.error(`${name}: ${code === 0 ? 'no test ran' : `ended with ${code}`}`);
        counts.failed = 1;
      }
      return counts;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

async function build() {
  const code = await node(['esbuild.config.mjs', '--production']);
  if (code !== 0) return code;
  for (const [file, limit] of Object.entries(SIZE_LIMITS)) {
    const { size } = statSync(join(ROOT, file));
    console.log(`${file}: ${(size / 1000).toFixed(0)} kB of ${limit / 1000} kB`);
    if (size > limit) return 1;
  }
  return 0;
}

const mocha = (args, options) => tool('mocha', args, options);
const chosen = process.argv.slice(3);
const files = fallback => (chosen.length > 0 ? chosen : fallback);

/** Which mocha run of the bench a file belongs to: Argo CD, which is mostly waited for, and what renders; verdicts and what writes, with Flux; editors, the command line and broken connections. About as long as each other. */
const LANES = [/^test\/(?:.*\bargo|core\/render\/)/, /^test\/(?:bench|core\/(?:kube|drift|gitops|manifests|change))\//, /^test\//];
const BENCH = ['--timeout', '120000', '--exit'];

/** Mocha runs side by side, each with a cluster of its own: most of the time each waits for a server. What the others print comes when the first is done. */
async function benchLanes(options) {
  if (chosen.length > 0) return mocha([...chosen, ...BENCH], options);
  const all = readdirSync(join(ROOT, 'test'), { recursive: true }).map(file => `test/${file.split(sep).join('/')}`).filter(file => file.endsWith('.real.test.ts')).sort();
  const lanes = LANES.map((_, number) => all.filter(file => LANES.findIndex(lane => lane.test(file)) === number));
  const runs = lanes.map((files, number) => {
    const held = [];
    const say = number === 0 ? undefined : text => held.push(text);
    return { code: mocha([...files, ...BENCH], { ...options, say }), held };
  });
  const codes = [];
  for (const { code, held } of runs) {
    codes.push(await code);
    process.stdout.write(held.join(''));
  }
  return Math.max(...codes) === 0 ? 0 : secondAttempt(codes, options);
}

/** So many files that fail are no accident. */
const FEW = 4;

/**
 * The files with a failure once more, alone on the machine and with clusters of their own: real servers beside each other on a busy machine
 * are late now and then. What fails again has failed; what failed first is printed either way. A run that crashed gets no second attempt.
 */
async function secondAttempt(codes, options) {
  const counts = options.env.PLUMBLINE_COUNTS;
  const first = parts(counts);
  const failed = first.filter(part => part.failed > 0);
  const told = failed.reduce((sum, part) => sum + part.failed, 0);
  if (interrupted || failed.length === 0 || failed.length > FEW || codes.reduce((sum, code) => sum + code, 0) !== told || !failed.every(part => existsSync(join(ROOT, part.file)))) return Math.max(...codes);
  for (const part of failed) for (const { title, error } of part.failures) console.log(`\n${part.file}: ${title}\n${error}`);
  console.log(`\n== bench, second attempt: ${failed.map(part => part.file).join(', ')}`);
  writeFileSync(counts, first.filter(part => part.failed === 0).map(part => `${JSON.stringify(part)}\n`).join(''));
  return mocha([...failed.map(part => part.file), ...BENCH], options);
}

const STEPS = {
  types: check('types', () => tool('tsc', ['--noEmit'])),
  lint: check('lint', () => tool('eslint', ['src', 'test', '--max-warnings', '0'])),
  build: check('build', build),
  unit: suite('unit', env => mocha([...files(['test/**/*.test.ts']), '--ignore', '**/*.real.test.ts'], { env, limitMs: 5 * MINUTE })),
  // A test that failed may leave a socket open; the run has to end all the same.
  bench: suite('bench', env => benchLanes({ env, limitMs: 30 * MINUTE })),
  host: suite('host', env => script('vscode/run-host.ts', chosen, { env, limitMs: 30 * MINUTE })),
  desktop: suite('desktop', env => script('vscode/run-desktop.ts', chosen, { env, limitMs: 30 * MINUTE })),
};

/** Runs the steps in order, each whatever became of the one before, and adds up. */
async function verify(names) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  const failures = [];
  for (const name of names) {
    if (interrupted) break;
    console.log(`\n== ${name}`);
    const began = Date.now();
    const counts = await STEPS[name].run();
    for (const key of Object.keys(total)) total[key] += counts[key];
    failures.push(...(counts.failures ?? []));
    lines.push(`${name.padEnd(8)}${counts.failed > 0 ? 'FAILED' : 'ok'.padEnd(6)} ${String(counts.passed).padStart(5)} passed ${((Date.now() - began) / 1000).toFixed(1).padStart(7)} s`);
  }
  for (const { file, title, error } of failures) console.log(`\nFAILED ${file}: ${title}\n${error}`);
  console.log(`\n${lines.join('\n')}\n`);
  if (interrupted) return 130;
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

const afterBuild = async (file, args) => ((await build()) === 0 ? script(file, args) : 1);

const COMMANDS = {
  start: () => afterBuild('vscode/start.ts', chosen),
  test: () => verify(['types', 'lint', 'unit', 'build', 'bench', 'host']),
  unit: () => verify(['unit']),
  bench: () => verify(['build', 'bench']),
  host: () => verify(['build', 'host']),
  desktop: () => verify(['build', 'desktop']),
  perf: () => afterBuild('bench/run-perf.ts', chosen),
  screenshots: () => afterBuild('vscode/screenshots.ts', chosen),
  package: () => afterBuild('vscode/package.ts', chosen),
};

const command = COMMANDS[process.argv[2]];
if (!command) {
  console.error(`usage: node test/run.mjs ${Object.keys(COMMANDS).join('|')}`);
  process.exitCode = 2;
} else {
  try {
    await install();
    process.exitCode = await command();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
