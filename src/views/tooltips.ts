import * as vscode from 'vscode';
import type { Clock } from '../core/base/clock';
import { countsText } from '../core/drift/counts-text';
import type { Lookup } from '../core/drift/snapshot-lookup';
import { openFields } from '../core/drift/snapshot-lookup';
import type { ApplicationState, Environment, ObjectState } from '../core/drift/snapshot';
import { clean, ownerText, pathText, valueText, verdictTitle } from '../core/drift/words';
import { describeRef, type ObjectRef } from '../core/kube/identity';
import type { TreeNode } from './node';
import { setByText } from './rendered-fields';
import { pauseText } from './spans';
import { withSince } from './trouble-text';

/** Lines of a list in a tooltip; more are counted. */
const MAX_LINES = 12;

/** Asked for when the pointer rests on a row. Text from the cluster is never Markdown. */
export function tooltipOf(node: TreeNode, lookup: Lookup, clock: Clock): vscode.MarkdownString | undefined {
  switch (node.kind) {
    case 'cluster':
    case 'more':
      // Its row brings its own.
      return undefined;
    case 'environment': {
      const found = lookup.environment(node.id);
      return found && paragraphs(environmentLines(found));
    }
    case 'application': {
      const found = lookup.application(node.id);
      return found && paragraphs(applicationLines(found.application, clock.now()));
    }
    case 'object': {
      const found = lookup.object(node.id);
      return found && paragraphs(objectLines(found.object, clock.now()));
    }
    case 'field': {
      const object = lookup.object(node.id)?.object;
      const field = object && openFields(object)[node.field ?? 0];
      if (!field) return undefined;
      return paragraphs([
        pathText(field.path),
        clean(field.reason, 300),
        `Git: ${valueText(field.git, 120)}`,
        `Live: ${valueText(field.live, 120)}`,
        setByText(object, field),
        ...field.owners.slice(0, 3).map(owner => ownerText(owner, clock.now())),
      ]);
    }
  }
}

function environmentLines(environment: Environment): string[] {
  if (environment.namespace === '') return ['What the manifests of this folder say is not compared with a cluster'];
  return [
    environment.applications.some(({ application }) => application?.remoteCluster !== undefined) ? `Controllers in context ${clean(environment.context)} apply it to ${clean(environment.namespace)}` : `Namespace ${clean(environment.namespace)} of context ${clean(environment.context)}`,
    countsText(environment.counts),
    environment.production ? 'Production: names are typed before anything is written' : '',
    environment.writable ? 'Changes are enabled' : 'Read-only: changes are not enabled here',
  ];
}

function applicationLines({ application, doubt, elsewhere, folder, evidence, owners, pause, counts }: ApplicationState, now: number): string[] {
  const facts = application
    ? [
        clean(describeRef(application.ref)),
        ownersText(owners),
        application.appliedRevision === undefined ? 'No revision applied yet' : `Applied: ${clean(application.appliedRevision.slice(0, 12))}`,
        application.ready && application.ready.status !== 'True' ? clean(`${application.ready.reason}: ${application.ready.message}`, 300) : '',
        application.waitsFor === undefined ? '' : clean(`It does not run before it has what it waits for: ${application.waitsFor}`, 300),
        ...application.notComputed.map(what => clean(what)),
        clean(doubt ?? '', 300),
      ]
    : doubt === undefined ? ['Applied by people and pipelines only'] : [];
  const paused = pause ? [pauseText(pause, now), pause.reason === undefined ? '' : `Reason: ${clean(pause.reason, 300)}`] : [];
  const absent = elsewhere === undefined ? '' : `Most of it is not in this cluster, and ${clean(elsewhere)} has it: choose which clusters it is meant for`;
  return [...facts, absent, ...paused, countsText(counts), clean(vscode.workspace.asRelativePath(folder), 300), ...evidence.map(line => clean(line, 300))];
}

/** `Applied itself by Kustomization flux-system/apps, and that by Kustomization flux-system/root`. */
const ownersText = (owners: readonly ObjectRef[]): string => (owners.length === 0 ? '' : `Applied itself by ${owners.map(owner => clean(describeRef(owner))).join(', and that by ')}`);

function objectLines({ ref, verdict, manifest }: ObjectState, now: number): string[] {
  const notes = verdict.notes.slice(0, MAX_LINES).map(note => clean(note, 300));
  return [clean(describeRef(ref)), verdictTitle(verdict), withSince(verdict.reason, verdict.since, now), ...notes, manifest ? clean(vscode.workspace.asRelativePath(manifest.file), 300) : 'No manifest in this folder'];
}

function paragraphs(lines: readonly string[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  for (const line of lines.filter(line => line !== '')) {
    if (text.value !== '') text.appendMarkdown('\n\n');
    text.appendText(line);
  }
  return text;
}
