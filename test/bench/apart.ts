import { fork } from 'node:child_process';
import { countVerdicts } from '../../src/core/drift/assemble';
import type { Counts } from '../../src/core/drift/snapshot';
import type { Verdict } from '../../src/core/drift/verdict';
import { collected, openSockets } from './measure';
import { scan, type Scan } from './scan';

/** What an engine holds, once it has looked through its heap. */
export interface Held {
  /** Bytes. */
  readonly heap: number;
  readonly buffers: number;
  readonly sockets: number;
  readonly timers: number;
  readonly verdicts: Counts;
  readonly snapshots: number;
}

/** An engine over a folder and a cluster, in a process of its own: whatever that holds is the engine's. */
export interface Apart {
  held(): Promise<Held>;
  /** Whether every object has this verdict. */
  all(verdict: Verdict): Promise<boolean>;
  stop(): Promise<void>;
}

/** Fulfilled once all `count` objects of the folder have been judged. */
export async function startApart(kubeconfig: string, root: string, count: number): Promise<Apart> {
  const child = fork(__filename, [kubeconfig, root, String(count)], { execArgv: ['--expose-gc', '--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exit = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const ended = exit.then((): never => {
    throw new Error('the engine has ended');
  });
  ended.catch(() => undefined);
  const answer = (): Promise<unknown> => Promise.race([new Promise(resolve => child.once('message', resolve)), ended]);
  const ask = async (question: 'held' | 'verdicts'): Promise<Held> => {
    const answered = answer();
    child.send(question);
    return (await answered) as Held;
  };
  await answer();
  return {
    held: () => ask('held'),
    all: async verdict => (await ask('verdicts')).verdicts[verdict] === count,
    stop: async () => {
      child.kill();
      await exit;
    },
  };
}

const timers = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;

const verdictsOf = ({ engine }: Scan): Counts => countVerdicts([...engine.current.files.values()].flatMap(({ objects }) => objects.map(({ verdict }) => verdict.verdict)));

async function serve([kubeconfig = '', root = '', count = '']: readonly string[]): Promise<void> {
  const scanned = await scan(kubeconfig, root, Number(count));
  process.on('message', question => {
    const seen = { verdicts: verdictsOf(scanned), snapshots: scanned.engine.current.generation };
    process.send?.(question === 'held' ? { ...seen, heap: collected(), buffers: process.memoryUsage().arrayBuffers, sockets: openSockets(), timers: timers() } : seen);
  });
  process.send?.('judged');
}

if (require.main === module) {
  serve(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
