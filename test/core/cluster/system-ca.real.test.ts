import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dump, load } from 'js-yaml';
import type { JsonObject } from '../../../src/core/base/json';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { program } from '../../bench/programs';
import { installNode } from '../../vscode/install';

const run = promisify(execFile);

describe('a server whose CA only the system trusts, as kubectl sees it', function () {
  this.timeout(180_000);
  let bench: BenchCluster;
  let [folder, kubeconfig, trusted, node] = ['', '', '', ''];

  before(async () => {
    bench = await sharedCluster();
    // The one that extensions run in.
    node = await installNode(() => undefined);
    folder = await mkdtemp(join(tmpdir(), 'plumbline-system-ca-'));
    [kubeconfig, trusted] = [join(folder, 'config'), join(folder, 'trusted.pem')];
    const config = load(await readFile(bench.kubeconfig(), 'utf8')) as { clusters: { cluster: JsonObject }[] };
    for (const entry of config.clusters) entry.cluster = { server: bench.server };
    await writeFile(kubeconfig, dump(config));
    await writeFile(trusted, bench.ca);
  });
  after(() => rm(folder, { recursive: true }));

  /** Linux: what the system trusts is what this names. */
  const environment = (system: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({ ...process.env, KUBECONFIG: '', ...system });
  const ours = async (system: Readonly<Record<string, string>>): Promise<string> => (await run(node, ['--import', 'tsx', join(__dirname, 'version-asker.ts'), kubeconfig], { env: environment(system) })).stdout.trim();
  const kubectls = async (system: Readonly<Record<string, string>>): Promise<string> =>
    run(await program('kubectl'), [`--kubeconfig=${kubeconfig}`, 'version', '-o', 'json'], { env: environment(system) }).then(
      ({ stdout }) => (JSON.parse(stdout) as { serverVersion: { gitVersion: string } }).serverVersion.gitVersion,
      (error: unknown) => String(error),
    );

  it('is read where the system does', async () => {
    const system = { SSL_CERT_FILE: trusted };
    const version = await kubectls(system);
    assert.match(version, /^v1\./);
    assert.equal(await ours(system), version);
  });

  it('is refused where nothing trusts it, in words that say what to do', async () => {
    assert.match(await kubectls({}), /certificate signed by unknown authority/);
    assert.match(await ours({}), /its certificate comes from a CA that the kubeconfig does not trust/);
  });
});
