/** For labels that draw `$(name)` as an icon (CodeLens, status bar, quick pick): text from outside draws none. */
export const noIcons = (text: string): string => text.replaceAll('$(', '\\$(');

/** For messages that turn `[text](target)` into a link: text from outside makes none. */
export const noLinks = (text: string): string => text.replaceAll('](', '] (');
