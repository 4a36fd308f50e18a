// Runs a program and ends it, with everything it started, as soon as the process that asked for it is gone.
// `node guard.cjs PROGRAM ARGUMENT…`; the asker holds our stdin open: its end, for whatever reason, is the signal.
// Folders named in PLUMBLINE_GUARD_REMOVE (a JSON array) are removed at the end.
const { spawn } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const { readFileSync, readdirSync, rmSync } = require('node:fs');

const GRACE_MS = 3000;
const mark = `PLUMBLINE_GUARDED_BY=${randomUUID()}`;
const folders = JSON.parse(process.env.PLUMBLINE_GUARD_REMOVE ?? '[]');
const [program, ...args] = process.argv.slice(2);

const env = { ...process.env, PLUMBLINE_GUARDED_BY: mark.slice(mark.indexOf('=') + 1) };
delete env.PLUMBLINE_GUARD_REMOVE;
// A group of its own: Ctrl-C in the terminal reaches the asker alone, which then ends us in order.
const child = spawn(program, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'], env });

/** Everything that carries our mark, also what left the group or lost its parent. Linux only; elsewhere the group must do. */
function marked() {
  let pids = [];
  try {
    pids = readdirSync('/proc').filter(name => /^\d+$/.test(name) && name !== String(process.pid));
  } catch {
    return [];
  }
  return pids.map(Number).filter(pid => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
    } catch {
      return false;
    }
  });
}

function signal(name) {
  for (const pid of [-child.pid, ...marked()]) {
    try {
      process.kill(pid, name);
    } catch {
      // Gone already.
    }
  }
}

let ending = false;
function end() {
  if (ending) return;
  ending = true;
  signal('SIGTERM');
  const since = Date.now();
  const poll = setInterval(() => {
    const waited = Date.now() - since;
    if (marked().length > 0 && waited < GRACE_MS) return;
    clearInterval(poll);
    signal('SIGKILL');
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    process.exit(child.exitCode ?? 0);
  }, 50);
}

child.on('error', error => {
  process.stderr.write(`${program}: ${error.message}\n`);
  process.exit(127);
});
child.on('exit', end);
process.stdin.resume();
process.stdin.on('close', end);
process.stdin.on('error', end);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, end);
// Nobody may read our output any more.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
