import { measureCli } from './cli-perf';
import { measureCluster } from './cluster-perf';
import { measureEngine } from './engine-perf';
import { generate, GENERATOR } from './generator';
import { measureLarge } from './large-perf';
import { measureRender } from './render-perf';

/** `npm run bench [engine|render|cluster|large|cli|editor]`: what is measured, each with its target. The last one needs a browser, and is loaded when it is asked for. */
const PARTS: Readonly<Record<string, () => void | Promise<void>>> = { engine: measureEngine, render: measureRender, cluster: measureCluster, large: measureLarge, cli: measureCli, editor: async () => (await import('./editor-perf')).measureEditor() };

async function main(asked: readonly string[]): Promise<void> {
  console.log(`measured in Node ${process.versions.node}, V8 ${process.versions.v8}`);
  for (const [name, measure] of Object.entries(PARTS)) if (asked.length === 0 || asked.includes(name)) await measure();
}

const [what, ...more] = process.argv.slice(2);

if (what === GENERATOR) generate(Number(more[0]), more[1] ?? '');
else main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
