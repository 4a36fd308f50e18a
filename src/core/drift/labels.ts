import { clean } from './words';

/** For labels that draw `$(name)` as an icon (CodeLens, status bar, quick pick): text from outside draws none. */
export const noIcons = (text: string): string => text.replaceAll('$(', '\\$(');

/** For messages that turn `[text](target)` into a link: text from outside makes none. */
export const noLinks = (text: string): string => text.replaceAll('](', '] (');

/** Characters. VS Code cuts off what a status bar item says after a longer name, and the counts stand there. */
const ROOM = 32;

/** The name of a context where there is little room. Of a long one its end: clouds write account and region first, and the cluster's own name last. */
export function shortName(context: string): string {
  const whole = clean(context, 300);
  return whole.length > ROOM ? `…${whole.slice(1 - ROOM)}` : whole;
}
