import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { findChromium } from './install';
import type { Log } from './cache';

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A browser without a window. It ends with this process: its control pipe closes. */
export async function openBrowser(log: Log): Promise<Browser> {
  return chromium.launch({ executablePath: await findChromium(log), args: ARGS, headless: true });
}

/** Steps that a person takes in a VS Code window, for what the API of VS Code cannot do or show. Waits are bounded by Playwright's own limit. */
export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** A page with its own storage, so that one window knows nothing of the last. `scale`: device pixels per CSS pixel. */
  static async create(browser: Browser, { width = 1440, height = 900, scale = 1 } = {}): Promise<Workbench> {
    const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale });
    return new Workbench(await context.newPage());
  }

  /** Opens VS Code and waits until its frame is drawn and no editor is loading. */
  async open(address: string): Promise<void> {
    await this.page.goto(address);
    await this.page.waitForSelector('.monaco-workbench .part.statusbar .statusbar-item', { timeout: 60_000 });
  }

  /** Runs a command by its title in the palette, "Category: Title" where it has a category. */
  async command(title: string): Promise<void> {
    await this.#pick('F1', `>${title}`, title);
  }

  /** Opens a file of the workspace by name, or by path where the name is not unique. */
  async openFile(path: string): Promise<void> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    await this.#pick('Control+P', path, name);
    await this.page.waitForSelector(`.tabs-container .tab.active[data-resource-name="${name}"]`);
    await this.page.waitForSelector('.editor-instance .view-lines .view-line');
  }

  /** Puts the cursor on a line, 1-based, and the line into the middle. */
  async goToLine(line: number): Promise<void> {
    await this.#pick('Control+G', `:${line}`);
  }

  /** Shows a view container by the name of its icon in the activity bar. */
  async openViewContainer(name: string): Promise<void> {
    const icon = this.page.locator(`.activitybar .action-item:has(.action-label[aria-label^="${name}"])`).first();
    await icon.waitFor();
    if ((await icon.getAttribute('aria-expanded')) === 'true' || (await icon.getAttribute('class'))?.includes('checked')) return;
    await icon.click();
  }

  /** Drags the side bar's edge until it is so wide, in CSS pixels. */
  async widenSideBar(width: number): Promise<void> {
    const bar = await this.page.locator('.part.sidebar').boundingBox();
    if (!bar) throw new Error('there is no side bar');
    const [edge, middle] = [bar.x + bar.width, bar.y + bar.height / 2];
    await this.page.mouse.move(edge, middle);
    await this.page.mouse.down();
    await this.page.mouse.move(bar.x + width, middle, { steps: 5 });
    await this.page.mouse.up();
  }

  /** A row of any tree or list whose text or accessible name contains `text`. */
  row(text: string): Locator {
    const quoted = JSON.stringify(text);
    return this.page.locator(`.monaco-list-row[aria-label*=${quoted}], .monaco-list-row:has-text(${quoted})`).first();
  }

  /** Selects a tree row. */
  async clickRow(text: string): Promise<void> {
    await this.row(text).click();
  }

  /** Opens the children of a tree row; leaves an open one open. */
  async expandRow(text: string): Promise<void> {
    const row = this.row(text);
    await row.waitFor();
    if ((await row.getAttribute('aria-expanded')) !== 'false') return;
    await row.locator('.monaco-tl-twistie').click();
  }

  /** Presses a button of a modal dialog, a notification or a welcome view. */
  async press(label: string): Promise<void> {
    await this.page.locator(`.monaco-button:has-text(${JSON.stringify(label)})`).first().click();
  }

  /** Types into the input that is open (quick pick, input box) and accepts it. */
  async answer(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget:visible input').first();
    await input.waitFor();
    await input.fill(text);
    await input.press('Enter');
  }

  /** The text of everything a selector finds, one string an element. Non-breaking spaces, with which the editor draws, become spaces. */
  async text(selector: string): Promise<string[]> {
    const texts = await this.page.locator(selector).allInnerTexts();
    return texts.map(text => text.replaceAll('\u00a0', ' '));
  }

  /** What decorations draw behind the text of everything a CSS selector finds; it is in no text of the page. */
  async drawnAfter(selector: string): Promise<string[]> {
    const contents = await this.page.evaluate<string[]>(`[...document.querySelectorAll(${JSON.stringify(`${selector} span`)})].map(span => getComputedStyle(span, '::after').content)`);
    return contents.filter(content => content.startsWith('"')).map(content => content.slice(1, -1).replaceAll('\u00a0', ' '));
  }

  /** When a decoration draws this behind a line of an editor, as `Date.now()` has it: looked for at every frame. */
  async drawsBehindLine(text: string): Promise<number> {
    const drawn = `[...document.querySelectorAll('.editor-instance .view-line span[class*="ced-"]')].some(span => getComputedStyle(span, '::after').content.replaceAll('\\u00a0', ' ').includes(${JSON.stringify(text)}))`;
    const handle = await this.page.waitForFunction<number | false>(`${drawn} && Date.now()`, undefined, { polling: 'raf', timeout: 60_000 });
    return Number(await handle.jsonValue());
  }

  /** Waits until a selector is on the screen. */
  async appears(selector: string, timeout = 30_000): Promise<void> {
    await this.page.locator(selector).first().waitFor({ timeout });
  }

  /** Waits until two looks at the screen, half a second apart, are the same; ten seconds at most. */
  async settle(): Promise<void> {
    let before: Buffer | undefined;
    for (let look = 0; look < 20; look++) {
      const now = await this.page.screenshot({ animations: 'disabled', caret: 'hide' });
      if (before && now.equals(before)) return;
      before = now;
      await this.page.waitForTimeout(500);
    }
  }

  /** Of the window, or of the part of it that a selector finds. */
  async screenshot(path: string, part?: string): Promise<void> {
    const options = { path, animations: 'disabled', caret: 'hide' } as const;
    await (part === undefined ? this.page.screenshot(options) : this.page.locator(part).first().screenshot(options));
  }

  /** Moves the pointer to where it rests on nothing: a hover would stand in a picture. */
  async restPointer(): Promise<void> {
    await this.page.mouse.move(0, 0);
  }

  /**
   * Opens the input that a key opens, types, and takes the row that says `row`; without one, the first. Tried again where
   * the input went away: a window that is still loading moves the focus, and with it the input.
   */
  async #pick(key: string, typed: string, row = ''): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.page.keyboard.press('Escape');
        await this.page.keyboard.press(key);
        await this.page.locator('.quick-input-widget:visible input').first().fill(typed, { timeout: PICK_MS });
        await this.page.locator('.quick-input-widget:visible .monaco-list-row').filter({ hasText: row }).first().click({ timeout: PICK_MS });
        return;
      } catch (error) {
        if (attempt === PICK_ATTEMPTS) throw error;
      }
    }
  }
}

const PICK_MS = 5000;
const PICK_ATTEMPTS = 4;

/** Colour themes of VS Code that pictures are taken in. */
export const THEMES = { dark: 'Dark 2026', light: 'Light 2026' } as const;
