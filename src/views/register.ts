import type { Clock } from '../core/base/clock';
import type { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import { ActivityView, type ActivitySource } from './activity';
import { CodeActions } from './code-actions';
import { CodeLenses } from './code-lenses';
import { ContextKeys } from './context-keys';
import { Definitions } from './definitions';
import { EnvironmentsView } from './environments';
import { FileDecorations } from './file-decorations';
import { Handles } from './handles';
import { Hovers } from './hovers';
import { JudgedTexts } from './judged-text';
import { LineDecorations } from './line-decorations';
import { LiveDocuments, type LiveSources } from './live-documents';
import { PausesView } from './pauses';
import { Places } from './places';
import { Problems } from './problems';
import { RenderedFields } from './rendered-fields';
import type { ViewSettings } from './settings';
import { SnapshotKeys } from './snapshot-keys';
import { StatusBar } from './status-bar';
import { ViewProgress } from './view-progress';

export interface ViewParts {
  readonly engine: Engine;
  /** Called once, at the first text of ours. */
  readonly loadSources: () => Promise<LiveSources>;
  readonly activity: ActivitySource;
  readonly settings: ViewSettings;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
}

/** What commands need of the views. */
export interface Views {
  readonly documents: LiveDocuments;
  readonly places: Places;
  readonly handles: Handles;
  readonly environments: EnvironmentsView;
  readonly statusBar: StatusBar;
}

/** Makes everything that draws the snapshot; all of it ends with the lifetime. */
export function registerViews({ engine, loadSources, activity, settings, clock, onFailure }: ViewParts, lifetime: Lifetime): Views {
  const keys = new ContextKeys(onFailure);
  const texts = new JudgedTexts(engine);
  const handles = new Handles();
  lifetime.add(new SnapshotKeys(engine, keys));
  const environments = lifetime.add(new EnvironmentsView(engine, keys, clock));
  lifetime.add(new ViewProgress(engine));
  lifetime.add(new PausesView(engine, clock));
  lifetime.add(new ActivityView(activity, clock));
  const documents = lifetime.add(new LiveDocuments({ engine, loadSources, handles, onFailure }));
  const rendered = new RenderedFields(engine, documents);
  lifetime.add(new LineDecorations(engine, texts, rendered, settings));
  lifetime.add(new CodeLenses(engine, texts, settings, clock));
  lifetime.add(new Hovers({ engine, texts, rendered, handles, settings, clock }));
  lifetime.add(new Definitions(engine, texts, rendered));
  lifetime.add(new CodeActions(engine, texts));
  lifetime.add(new Problems(engine, settings, onFailure));
  lifetime.add(new FileDecorations(engine, settings));
  const statusBar = lifetime.add(new StatusBar(engine, clock));
  // The extension is started by a view, a command or a folder that looks like a GitOps repository: each wants the engine.
  lifetime.add(clock.after(0, () => engine.start()));
  return { documents, places: new Places(texts, rendered), handles, environments, statusBar };
}
