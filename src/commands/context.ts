import type * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import type { Log } from '../core/base/log';
import type { ChoiceDialog, ConfirmDialog } from '../core/change/confirmation';
import type { ExecPlugin } from '../core/cluster/kubeconfig';
import type { Engine } from '../core/drift/ports';
import type { ObjectState } from '../core/drift/snapshot';
import type { Shown } from '../core/kube/live';
import type { Changes } from './changes';

/** Everything a command may use; built once, where the extension is put together. */
export interface CommandContext {
  readonly engine: Engine;
  readonly changes: Changes;
  readonly dialog: ConfirmDialog & ChoiceDialog;
  readonly documents: Documents;
  readonly places: Places;
  /** Short names that command links carry, see `views/handles.ts`. */
  readonly handles: { idOf(handle: string): string | undefined };
  readonly logins: Logins;
  readonly log: Log & { show(): void };
  readonly clock: Clock;
  showDriftedOnly(on: boolean): void;
  /** Lists more below a row of the Environments view. */
  showMore(row: string | undefined): void;
}

/** Read-only documents that show what is no file. Secret values are masked in all of them. */
export interface Documents {
  /** A file's text with the live values of all its objects in place of its own. */
  liveFile(file: string): vscode.Uri;
  /** The same with the values of one object only. */
  liveObject(object: ObjectState): vscode.Uri;
  rendered(object: ObjectState): vscode.Uri;
  renderedLive(object: ObjectState): vscode.Uri;
  /** The live object as the server has it, as YAML. */
  raw(object: ObjectState): vscode.Uri;
  /** Every step of the verdict, in words. */
  explanation(object: ObjectState): vscode.Uri;
  /** A text made once, such as a preview; `name` is what the tab says, with the ending that chooses the language. */
  text(name: string, content: string): vscode.Uri;
  /** The same for an object, as YAML. */
  object(name: string, object: Shown): Promise<vscode.Uri>;
}

/** Which programs kubeconfigs outside `~/.kube` may start to log in. */
export interface Logins {
  /** Refused last, and not allowed since. */
  readonly refused: ExecPlugin | undefined;
  allow(plugin: ExecPlugin): Promise<void>;
  list(): readonly { readonly source: string; readonly command: string; readonly hash: string }[];
  forget(hash: string): Promise<void>;
}

export interface Places {
  /** The open fields that a position's line is about, by their place among those of the object. */
  fieldsAt(document: vscode.TextDocument, position: vscode.Position): readonly { readonly object: ObjectState; readonly field: number }[];
  objectsAt(document: vscode.TextDocument, position: vscode.Position): readonly ObjectState[];
  stops(document: vscode.TextDocument): readonly vscode.Range[];
  fileOf(object: ObjectState, field: number | undefined): string | undefined;
  rangeOf(document: vscode.TextDocument, object: ObjectState, field: number | undefined): vscode.Range | undefined;
}
