import type { HelmInstall, HelmRevision } from './application';

/** The revision of a release that is in the cluster, and why that is not certain. */
export interface AppliedRelease {
  readonly revision: HelmRevision;
  /** One sentence, without a full stop. */
  readonly doubt: string | undefined;
}

/** Helm patches from the last revision that was deployed, also after newer ones failed. `undefined`: nothing is installed. */
export function appliedRelease({ history }: Pick<HelmInstall, 'history'>): AppliedRelease | undefined {
  const [newest] = history;
  if (!newest || /^uninstall/.test(newest.status)) return undefined;
  const revision = history.find(({ status }) => status === 'deployed') ?? newest;
  return { revision, doubt: newest.status === 'deployed' ? undefined : `revision ${newest.revision} of the release is ${newest.status.replace('-', ' ')}` };
}
