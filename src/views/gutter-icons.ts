import { Uri } from 'vscode';
import type { Tone } from '../core/drift/words';

type Marked = Exclude<Tone, 'dim' | 'green'>;

/** A shape for each tone, 16 × 16, drawn in the middle. */
const SHAPES: Readonly<Record<Marked, string>> = {
  orange: '<path fill="C" d="M8 2.2 14.6 13.6H1.4z"/><path fill="B" d="M7.3 6h1.4v4H7.3zm0 5h1.4v1.4H7.3z"/>',
  red: '<circle cx="8" cy="8" r="6" fill="C"/><path stroke="B" stroke-width="1.6" d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8"/>',
  blue: '<path fill="none" stroke="C" stroke-width="1.8" d="M8 13.5v-10M3.8 7.4 8 3.2l4.2 4.2"/>',
  grey: '<circle cx="8" cy="8" r="4.6" fill="none" stroke="C" stroke-width="1.6"/>',
};

/** An image cannot use theme colours: these are the ones of `contributes.colors`. */
const COLORS: Readonly<Record<Marked, readonly [dark: string, light: string]>> = {
  orange: ['#E5A34B', '#9A5B00'],
  red: ['#F47067', '#B3261E'],
  blue: ['#6CB6FF', '#0B62B8'],
  grey: ['#9DA5AE', '#616973'],
};

export function gutterIcon(tone: Marked, theme: 'dark' | 'light'): Uri {
  const [dark, light] = COLORS[tone];
  const [color, inner] = theme === 'dark' ? [dark, '#1e1e1e'] : [light, '#ffffff'];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">${SHAPES[tone].replaceAll('"C"', `"${color}"`).replaceAll('"B"', `"${inner}"`)}</svg>`;
  return Uri.parse(`data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`);
}
