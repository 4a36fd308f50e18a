import { join } from 'node:path';
import { startPlayground } from '../bench/playground';
import { aborted, ending } from './ending';
import { drawIcon } from './icon';
import { ROOT } from './host-suite';
import { openBrowser, THEMES, Workbench } from './page';
import { startServer } from './server';

const log = (line: string): void => console.log(line);
const MEDIA = join(ROOT, 'media');

type Theme = keyof typeof THEMES;

/** One picture: how to get there from the window of the scene before. */
interface Scene {
  readonly name: string;
  /** Dark alone where nothing is said. */
  readonly themes?: readonly Theme[];
  /** What of the window is in the picture; all of it where nothing is said. */
  readonly part?: string;
  readonly show: (window: Workbench) => Promise<void>;
  /** Back from where the next scene cannot start. */
  readonly leave?: (window: Workbench) => Promise<void>;
}

const DIALOG = '.monaco-dialog-box .monaco-button';

const SCENES: readonly Scene[] = [
  {
    name: 'tree',
    part: '.part.sidebar',
    show: async window => {
      await window.openViewContainer('GitOps');
      await window.widenSideBar(420);
      await window.expandRow('catalog-production');
      await window.expandRow('Deployment catalog');
      await window.row('replicas').waitFor();
    },
  },
  {
    name: 'overlay',
    themes: ['dark', 'light'],
    show: async window => {
      await window.openViewContainer('GitOps');
      await window.widenSideBar(420);
      await window.expandRow('catalog-production');
      await window.expandRow('Deployment catalog');
      await window.openFile('apps/catalog/overlays/production/kustomization.yaml');
      await window.command('View: Split Editor Down');
      await window.openFile('apps/catalog/base/deployment.yaml');
      await window.appears('.codelens-decoration:has-text("Drifted: 1 field in bench/catalog-production")');
    },
    leave: window => window.command('View: Close All Editors'),
  },
  {
    name: 'line',
    show: async window => {
      await window.openFile('apps/staging/web.yaml');
      await window.appears('.codelens-decoration:has-text("Drifted")');
    },
  },
  {
    name: 'diff',
    show: async window => {
      await window.command('GitOps: Compare File with Live Objects');
      await window.appears('.monaco-diff-editor .modified-in-monaco-diff-editor .view-line');
    },
  },
  {
    name: 'pause',
    show: async window => {
      await window.command('View: Close All Editors');
      await window.command('GitOps: Enable Changes…');
      await window.answer('shop-staging');
      await window.press('Enable Changes');
      await window.command('GitOps: Pause Application…');
      await window.answer('staging');
      await window.answer('INC-2107: checkout is slow, trying more replicas');
      await window.appears(DIALOG);
    },
    leave: window => window.press('Cancel'),
  },
  {
    name: 'resume',
    show: async window => {
      await window.command('GitOps: Enable Changes…');
      await window.answer('shop-production');
      await window.press('Enable Changes');
      await window.command('GitOps: Resume Application…');
      await window.answer('production');
      await window.appears('.editor-instance .view-line:has-text("Set back")');
      await window.answer('bench');
      await window.appears(DIALOG);
    },
    leave: window => window.press('Cancel'),
  },
];

/** Writes the pictures of README into `media/`. True when every scene could be shown. */
async function takeAll(): Promise<boolean> {
  const [playground, browser] = await Promise.all([startPlayground({ log }), openBrowser(log)]);
  await drawIcon(browser, join(MEDIA, 'icon.png'));
  let complete = true;
  for (const theme of Object.keys(THEMES) as Theme[]) {
    const colours = THEMES[theme];
    const settings = { 'workbench.colorTheme': colours, 'window.commandCenter': false, 'editor.minimap.enabled': false, 'workbench.layoutControl.enabled': false };
    const server = await startServer({ extension: ROOT, ownHome: true, env: { KUBECONFIG: playground.kubeconfig }, settings, log });
    const window = await Workbench.create(browser, { width: 1400, height: 800 });
    await window.open(server.address({ folder: playground.folder }));
    for (const { name, part, show, leave } of SCENES.filter(({ themes = ['dark'] }) => themes.includes(theme))) {
      const path = join(MEDIA, `${name}-${theme}.png`);
      try {
        await show(window);
        await window.restPointer();
        await window.settle();
        await window.screenshot(path, part);
        await leave?.(window);
        log(path);
      } catch (error) {
        complete = false;
        const failed = join(ROOT, 'dist', `${name}-${theme}-failed.png`);
        await window.screenshot(failed);
        log(`${name}, ${theme}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}; see ${failed}`);
      }
    }
    await server.stop();
  }
  await browser.close();
  await playground.stop();
  return complete;
}

async function main(): Promise<void> {
  const result = await Promise.race([takeAll(), aborted(ending()).then(() => undefined)]);
  process.exit(result === undefined ? 130 : result ? 0 : 1);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
