import { spawn } from 'node:child_process';
import { parseJson, stringifyJson } from '../../../src/core/base/json-text';
import type { Json, JsonObject } from '../../../src/core/base/json';
import { program } from '../../bench/programs';

/** The answers of `test/bench/go/oracle` to all requests, in order, from one process. */
export async function askOracle(requests: readonly JsonObject[]): Promise<Json[]> {
  const path = await program('oracle');
  const child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => (code === 0 ? resolve() : reject(new Error(`the oracle ended with ${code}`))));
  });
  child.stdin.on('error', () => undefined);
  for (const request of requests) child.stdin.write(`${stringifyJson(request)}\n`);
  child.stdin.end();
  await ended;
  return Buffer.concat(chunks).toString('utf8').split('\n').filter(line => line !== '').map(parseJson);
}
