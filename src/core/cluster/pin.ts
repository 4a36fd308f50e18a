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

/** Throws unless the server still is the pinned cluster. Where the UID could not be read, TLS against the pinned server is all there is. */
export async function verifyPin(pin: ClusterPin, rest: Rest, signal: AbortSignal | undefined): Promise<void> {
  const uid = await readUid(rest, signal);
  if (uid === pin.uid) return;
  const now = uid === undefined ? 'can no longer be recognised' : 'is another cluster now';
  throw new ClusterError('invalid', `${hostOf(pin.server)} ${now} (namespace kube-system ${uid === undefined ? 'may not be read any more' : 'has another UID'}); connect again`);
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
