import type { Clock } from '../base/clock';
import type { Event } from '../base/event';
import type { Disposable } from '../base/lifetime';
import type { Log } from '../base/log';
import type { ClusterPin } from './api';
import type { Kubeconfig } from './kubeconfig';
import { STEADY_MS } from './steady-kubeconfig';

/** What a kubeconfig that was written anew says of the open session, which stays where it is. */
export type ContextNews =
  /** Another context is the current one now. */
  | { readonly kind: 'current'; readonly open: string; readonly current: string }
  /** The open context means another server, or another user, now. */
  | { readonly kind: 'moved'; readonly open: string; readonly what: 'server' | 'user' }
  | { readonly kind: 'gone'; readonly open: string };

export interface ContextWatchParts {
  readonly read: () => Promise<Kubeconfig>;
  /** A file may say something else now. */
  readonly onChange: Event<void>;
  /** What the open session is tied to. */
  readonly pin: () => ClusterPin | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly onNews: (news: ContextNews) => void;
}

/**
 * Looks at the kubeconfig when it has changed and then been left alone for two seconds, and tells each piece of news
 * once. A file that is torn, empty, gone or linked in a circle is no news: what it said before stays in force.
 */
export class ContextWatch implements Disposable {
  readonly #parts: ContextWatchParts;
  readonly #pin: ClusterPin;
  readonly #listening: Disposable;
  #timer: Disposable | undefined;
  /** The session was opened because its context was the current one: whoever chose another on purpose is not told. */
  readonly #follows: boolean;
  #told = '';
  #trouble = '';
  #ended = false;

  /** `config`: what the session `pin` was opened by. */
  constructor(pin: ClusterPin, config: Kubeconfig, parts: ContextWatchParts) {
    this.#parts = parts;
    this.#pin = pin;
    this.#follows = config.current === pin.context;
    this.#listening = parts.onChange(() => {
      this.#timer?.dispose();
      this.#timer = parts.clock.after(STEADY_MS, () => {
        this.#look().catch((error: unknown) => parts.log.error('looking at the kubeconfig failed', error));
      });
    });
  }

  dispose(): void {
    this.#ended = true;
    this.#timer?.dispose();
    this.#listening.dispose();
  }

  async #look(): Promise<void> {
    const { read, log, pin, onNews } = this.#parts;
    let config: Kubeconfig;
    try {
      config = await read();
    } catch (error) {
      this.#bad(error instanceof Error ? error.message : 'it cannot be read');
      return;
    }
    if (config.contexts.size === 0) {
      this.#bad('the kubeconfig has no context any more');
      return;
    }
    if (this.#trouble !== '') log.info('the kubeconfig can be used again');
    this.#trouble = '';
    // The session may have ended while we read.
    if (this.#ended || pin() !== this.#pin) return;
    const news = newsOf(this.#pin, config, this.#follows);
    const told = news ? JSON.stringify(news) : '';
    if (news && told !== this.#told) {
      log.info(`the kubeconfig changed (${news.kind}); the session stays with ${this.#pin.context}`);
      onNews(news);
    }
    this.#told = told;
  }

  #bad(reason: string): void {
    if (reason !== this.#trouble) this.#parts.log.warn(`${reason}; what it said before stays in force`);
    this.#trouble = reason;
  }
}

function newsOf(pin: ClusterPin, config: Kubeconfig, follows: boolean): ContextNews | undefined {
  const open = pin.context;
  const context = config.contexts.get(open);
  if (!context) return { kind: 'gone', open };
  if (config.clusters.get(context.cluster)?.server !== pin.server) return { kind: 'moved', open, what: 'server' };
  if (context.user !== pin.user) return { kind: 'moved', open, what: 'user' };
  const { current } = config;
  return follows && current !== undefined && current !== open && config.contexts.has(current) ? { kind: 'current', open, current } : undefined;
}
