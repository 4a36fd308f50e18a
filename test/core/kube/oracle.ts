import { spawn } from 'node:child_process';
import { parseJson, stringifyJson } from '../../../src/core/base/json-text';
import type { Json, JsonObject } from '../../../src/core/base/json';
import { program, type ProgramName } from '../../bench/programs';

/** The answers of `test/bench/go/oracle` to all requests, in order, from one process. */
export const askOracle = (requests: readonly JsonObject[]): Promise<Json[]> => askProgram('oracle', requests);

/** The answers of a bench program that reads one JSON request a line and writes one JSON answer a line. */
export async function askProgram(name: ProgramName, requests: readonly JsonObject[]): Promise<Json[]> {
  const path = await program(name);
  const child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}`))));
  });
  child.stdin.on('error', () => undefined);
  for (const request of requests) child.stdin.write(`${stringifyJson(request)}\n`);
  child.stdin.end();
  await ended;
  return Buffer.concat(chunks).toString('utf8').split('\n').filter(line => line !== '').map(parseJson);
}
