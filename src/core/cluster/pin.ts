import { createHash } from 'node:crypto';
import { textAt } from '../base/json';
import type { ClusterPin } from './api';
import { ClusterError, isClusterError } from './errors';
import { hostOf } from './failure';
import type { Target } from './kubeconfig';
import type { Rest } from './rest';
import type { Transport } from './transport';

/** Reads who the cluster is. Rejects with `ClusterError` unless `kube-system` can be read or is merely not ours to read. */
export async function readPin(target: Target, transport: Transport, rest: Rest, signal: AbortSignal): Promise<ClusterPin> {
  const [caHash, uid] = await Promise.all([transport.caHash(), readUid(rest, signal)]);
  const { server } = target.cluster;
  return {
    context: target.context.name,
    server,
    caHash,
    user: target.user.name,
    uid,
    identity: uid ?? createHash('sha256').update(`${server}\n${caHash ?? ''}`).digest('hex').slice(0, 32),
  };
}

/**
 * Throws `invalid` unless the server still is the pinned cluster. Where the UID cannot be read, address and CA are all
 * there is: enough to go on reading, and for `writing` only where the UID could not be read from the start.
 */
export async function verifyPin(pin: ClusterPin, writing: boolean, transport: Transport, rest: Rest, signal: AbortSignal | undefined): Promise<void> {
  const uid = await readUid(rest, signal);
  const host = hostOf(pin.server);
  if (uid !== undefined && pin.uid !== undefined) {
    if (uid === pin.uid) return;
    throw new ClusterError('invalid', `${host} is another cluster now (namespace kube-system has another UID); connect again`);
  }
  if ((await transport.caHash()) !== pin.caHash) throw new ClusterError('invalid', `${host} has another CA now, and whether it is the same cluster cannot be told (namespace kube-system may not be read); connect again`);
  if (writing && pin.uid !== undefined) throw new ClusterError('invalid', `${host} can no longer be recognised (namespace kube-system may not be read any more); connect again`);
}

async function readUid(rest: Rest, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const { object } = await rest.json({ path: '/api/v1/namespaces/kube-system', what: 'namespace kube-system', patient: true }, signal);
    return textAt(object, 'metadata', 'uid');
  } catch (error) {
    if (isClusterError(error) && (error.kind === 'denied' || (error.kind === 'notFound' && error.answer))) return undefined;
    throw error;
  }
}
