import { clean } from '../core/drift/words';
import type { CommandContext } from './context';

const ONCE = 'Ask Now';
const ALWAYS = 'Allow for This Cluster';

/** Whether the API server may be asked about this: allowed for the cluster, or now, by a person. */
export async function mayVerify(context: CommandContext, what: string): Promise<boolean> {
  const { connection } = context.engine.current;
  if (connection.kind === 'connected' && connection.verifying) return true;
  const answer = await ask(context, `what an apply of ${what} would do`, [ONCE, ALWAYS]);
  if (answer === ALWAYS) await context.engine.setVerifying(true);
  return answer !== undefined;
}

/** From now on whatever stays undecided in this cluster is asked about without a click. */
export async function allowVerifying(context: CommandContext): Promise<void> {
  if ((await ask(context, 'about everything that stays undecided', [ALWAYS])) === ALWAYS) await context.engine.setVerifying(true);
}

export async function stopVerifying(context: CommandContext): Promise<void> {
  await context.engine.setVerifying(false);
}

/** Names the cluster, what is sent to it, and who may see it there. `undefined`: no, or there is no cluster to ask. */
async function ask({ engine, dialog }: CommandContext, what: string, actions: readonly string[]): Promise<string | undefined> {
  const { connection } = engine.current;
  if (connection.kind !== 'connected') return undefined;
  const { context, server, user } = connection.pin;
  return dialog.choose({
    title: `Ask ${clean(context)} (${clean(server)}) ${what}?`,
    lines: [
      'Manifests are sent to the API server as whoever applies them would send them, but as dry-runs: nothing is written.',
      `Admission webhooks of the cluster see them, and an audit log may keep them under your name (${clean(user)}).`,
      'Secrets are not sent, unless the setting plumbline.verify.secrets allows it.',
      `“${ALWAYS}” is remembered on this machine for this cluster: from then on whatever stays undecided there is asked about by itself, at most four objects at once, until you choose “Stop Verifying by Itself”.`,
    ],
    actions,
  });
}
