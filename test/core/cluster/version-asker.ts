import { systemClock } from '../../../src/core/base/clock';
import { connectHere } from '../../bench/wire';
import { MemoryLog } from './open';

/** Prints the version of the server that the kubeconfig names, or why there is none: a process of its own has the Node and the environment that it is given. */
async function ask(kubeconfig: string): Promise<string> {
  try {
    const cluster = await connectHere({ kubeconfig: [kubeconfig], context: undefined, env: {}, userAgent: 'plumbline-test', clock: systemClock, log: new MemoryLog() }, new AbortController().signal);
    cluster.dispose();
    return cluster.version;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

void ask(process.argv[2] ?? '').then(answer => {
  console.log(answer);
});
