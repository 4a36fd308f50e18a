import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Workbench } from './page';

/** What a host test may ask of the page it runs in, see `remote-page.ts`. */
export type Step =
  | { readonly do: 'command' | 'press' | 'answer' | 'clickRow' | 'expandRow' | 'openViewContainer' | 'appears' | 'openFile' | 'screenshot' | 'key'; readonly what: string }
  | { readonly do: 'text' | 'drawnAfter'; readonly what: string };

/** Serves the steps of a page on loopback, so that code inside the extension host can press what only a person can press. */
export async function serveDriver(workbench: Workbench): Promise<{ address: string; close: () => void }> {
  const server: Server = createServer((request, response) => {
    text(request)
      .then(body => take(workbench, JSON.parse(body) as Step))
      .then(
        answer => response.end(JSON.stringify(answer)),
        (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
      );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the page driver has no port');
  return { address: `http://127.0.0.1:${bound.port}/`, close: () => server.close() };
}

async function take(workbench: Workbench, step: Step): Promise<string[]> {
  switch (step.do) {
    case 'text':
    case 'drawnAfter':
      return workbench[step.do](step.what);
    case 'key':
      await workbench.page.keyboard.press(step.what);
      return [];
    default:
      await workbench[step.do](step.what);
      return [];
  }
}
