import { request } from 'node:http';
import type { Step } from './driver';
import { facts } from './facts';

/** Whether this VS Code has a page that can be driven; tests that need one skip themselves with that reason. */
export const hasPage = (): boolean => facts().driver !== undefined;

/**
 * The page that a host test runs in, seen from inside the extension host: `await page.press('Push')`. Do not await a
 * command that shows a dialog before pressing its button: start it, press, then await it.
 */
export const page = {
  /** Runs a command by its title in the palette. */
  command: (title: string) => act({ do: 'command', what: title }),
  /** Presses a button of a dialog, notification or welcome view. */
  press: (label: string) => act({ do: 'press', what: label }),
  /** Types into the open input box or quick pick and accepts it. */
  answer: (text: string) => act({ do: 'answer', what: text }),
  /** Presses a key, in Playwright's names: `Escape`, `Control+S`. */
  key: (name: string) => act({ do: 'key', what: name }),
  clickRow: (text: string) => act({ do: 'clickRow', what: text }),
  expandRow: (text: string) => act({ do: 'expandRow', what: text }),
  openViewContainer: (name: string) => act({ do: 'openViewContainer', what: name }),
  /** Waits until a CSS selector is on the screen. */
  appears: (selector: string) => act({ do: 'appears', what: selector }),
  /** Text of everything a CSS selector finds. */
  text: (selector: string): Promise<string[]> => ask({ do: 'text', what: selector }),
  /** What decorations draw behind the lines of everything a CSS selector finds. */
  drawnAfter: (selector: string): Promise<string[]> => ask({ do: 'drawnAfter', what: selector }),
  screenshot: (path: string) => act({ do: 'screenshot', what: path }),
};

async function act(step: Step): Promise<void> {
  await ask(step);
}

function ask(step: Step): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const { driver } = facts();
    if (driver === undefined) throw new Error('a desktop VS Code has no page to drive');
    const call = request(driver, { method: 'POST' }, response => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(body) as string[]);
        else reject(new Error(`the page could not ${step.do} ${step.what}: ${body}`));
      });
    });
    call.on('error', reject);
    call.end(JSON.stringify(step));
  });
}
