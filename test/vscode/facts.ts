/** What the launcher of a host suite tells the tests inside the extension host. Plain data: it travels in one variable. */
export interface Facts {
  /** Which launch this is; decides which `*.host.ts` files run. */
  readonly setup: string;
  /** The folder open in the window, absolute; none in an empty window. */
  readonly folder?: string;
  /** Kubeconfig of the bench cluster, absolute, or several as `KUBECONFIG` lists them; none where the launch has no cluster. */
  readonly kubeconfig?: string;
  /** Address of the page driver, see `remote-page.ts`; none in a desktop VS Code. */
  readonly driver?: string;
}

export const FACTS_VARIABLE = 'PLUMBLINE_BENCH_FACTS';

/** The facts of this launch. Throws outside a host suite. */
export function facts(): Facts {
  const text = process.env[FACTS_VARIABLE];
  if (text === undefined) throw new Error(`${FACTS_VARIABLE} is not set: run this through npm run test:host`);
  return JSON.parse(text) as Facts;
}
