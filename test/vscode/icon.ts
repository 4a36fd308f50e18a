import type { Browser } from 'playwright-core';

const SIZE = 256;

/** A plumb bob that hangs true beside a wall that does not: the marketplace wants a picture of points, so it is drawn once by the browser. */
const DRAWING = `
<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="0 0 256 256">
  <defs>
    <linearGradient id="night" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#14406b"/><stop offset="1" stop-color="#0b1f33"/></linearGradient>
    <linearGradient id="brass" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#ffe3a1"/><stop offset="0.45" stop-color="#f6b73c"/><stop offset="1" stop-color="#b9770e"/></linearGradient>
  </defs>
  <rect width="256" height="256" rx="52" fill="url(#night)"/>
  <path d="M66 52 L82 222" stroke="#5b86ad" stroke-width="9" stroke-linecap="round" stroke-dasharray="1 21"/>
  <rect x="84" y="38" width="88" height="12" rx="6" fill="#e9f1f8"/>
  <path d="M128 50 V112" stroke="#e9f1f8" stroke-width="6"/>
  <rect x="114" y="104" width="28" height="16" rx="5" fill="#e9f1f8"/>
  <path d="M98 132 q0-14 14-14 h32 q14 0 14 14 v22 q0 8-4 15 L128 226 L102 169 q-4-7-4-15 Z" fill="url(#brass)"/>
  <path d="M98 146 h60" stroke="#0b1f33" stroke-opacity="0.35" stroke-width="5"/>
</svg>`;

/** Writes the extension's icon, 256 x 256 pixels with a transparent surround. */
export async function drawIcon(browser: Browser, path: string): Promise<void> {
  const context = await browser.newContext({ viewport: { width: SIZE, height: SIZE }, deviceScaleFactor: 1 });
  const page = await context.newPage();
  await page.setContent(`<style>body { margin: 0; background: transparent }</style>${DRAWING}`);
  await page.screenshot({ path, omitBackground: true, clip: { x: 0, y: 0, width: SIZE, height: SIZE } });
  await context.close();
}
