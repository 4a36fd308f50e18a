import type { Trouble } from '../core/drift/trouble';
import { clean, timeText } from '../core/drift/words';

/** One sentence for each cause: "The connection is lost: 10.0.0.1:6443 does not answer (since 14:02). No permission to read Secret." */
export const troubleText = (troubles: readonly Trouble[], now: number): string =>
  troubles.map(({ text, since }) => `${text.charAt(0).toUpperCase()}${withSince(text.slice(1), since, now)}.`).join(' ');

/** "forbidden (since 14:02)"; the text alone where no time is known. */
export function withSince(text: string, since: number | undefined, now: number): string {
  const time = sinceText(since, now);
  return `${clean(text, 300)}${time === '' ? '' : ` (${time})`}`;
}

/** "since 14:02"; empty where no time is known. */
export function sinceText(since: number | undefined, now: number): string {
  const time = since === undefined ? undefined : timeText(new Date(since).toISOString(), now);
  return time === undefined ? '' : `since ${time}`;
}
