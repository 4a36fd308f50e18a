import * as vscode from 'vscode';
import type { Verdict } from '../core/drift/verdict';
import type { Tone } from '../core/drift/words';

const COLORS: Readonly<Record<Tone, string>> = {
  orange: 'plumbline.driftForeground',
  red: 'plumbline.conflictForeground',
  blue: 'plumbline.pendingForeground',
  grey: 'plumbline.unknownForeground',
  dim: 'disabledForeground',
  green: 'plumbline.inSyncForeground',
};

export const colorOf = (tone: Tone): vscode.ThemeColor => new vscode.ThemeColor(COLORS[tone]);

/** A shape for each verdict, so that nothing is told by colour alone. */
export const ICONS: Readonly<Record<Verdict, string>> = {
  drift: 'warning',
  conflict: 'error',
  missing: 'question',
  orphan: 'circle-slash',
  invalid: 'close',
  blocked: 'stop-circle',
  pending: 'arrow-circle-up',
  undecided: 'circle-large-outline',
  unknown: 'dash',
  skipped: 'debug-step-over',
  equivalent: 'pass',
  'in-sync': 'pass',
};
