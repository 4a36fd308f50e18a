import { clean } from '../core/drift/words';
import type { CommandContext } from './context';
import { clusterTarget, connectedTo, type Connected } from './target';

const ONCE = 'Ask Now';
const ALWAYS = 'Allow for This Cluster';

/** Whether the API server may be asked about this: allowed for the cluster, or now, by a person. */
export async function mayVerify(context: CommandContext, name: string, what: string): Promise<boolean> {
  const cluster = connectedTo(context.engine, name);
  if (!cluster) return false;
  if (cluster.verifying) return true;
  const answer = await ask(context, cluster, `what an apply of ${what} would do`, [ONCE, ALWAYS]);
  if (answer === ALWAYS) await context.engine.setVerifying(true, name);
  return answer !== undefined;
}

/** From now on whatever stays undecided in this cluster is asked about without a click. */
export async function allowVerifying(context: CommandContext): Promise<void> {
  const cluster = await clusterTarget(context, 'Verify Automatically', ({ verifying }) => !verifying);
  if (cluster && (await ask(context, cluster, 'about everything that stays undecided', [ALWAYS])) === ALWAYS) await context.engine.setVerifying(true, cluster.pin.context);
}

export async function stopVerifying(context: CommandContext): Promise<void> {
  const cluster = await clusterTarget(context, 'Stop Verifying Automatically', ({ verifying }) => verifying);
  if (cluster) await context.engine.setVerifying(false, cluster.pin.context);
}

/** Names the cluster, what is sent to it, and who may see it there. `undefined`: no. */
async function ask({ dialog }: CommandContext, { pin: { context, server, user } }: Connected, what: string, actions: readonly string[]): Promise<string | undefined> {
  return dialog.choose({
    title: `Ask ${clean(context)} (${clean(server)}) ${what}?`,
    lines: [
      'Manifests are sent to the API server as whoever applies them would send them, but as dry-runs: nothing is written.',
      '',
      `Admission webhooks of the cluster see them, and an audit log may keep them under your name (${clean(user)}). Secrets are not sent, unless the setting plumbline.verify.secrets allows it.`,
      '',
      `“${ALWAYS}” is remembered on this machine for this cluster: from then on whatever stays undecided there is asked about automatically, at most four objects at once, until you choose “Stop Verifying Automatically”.`,
    ],
    actions,
  });
}
