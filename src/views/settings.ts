import type { Event } from '../core/base/event';

/** What the views need of the settings; current at any moment. */
export interface ViewSettings {
  readonly current: ViewConfig;
  readonly onChange: Event<unknown>;
}

export interface ViewConfig {
  readonly afterText: boolean;
  readonly gutter: boolean;
  readonly overviewRuler: boolean;
  readonly explorer: boolean;
  readonly codeLens: boolean;
  readonly hover: boolean;
  readonly problems: boolean;
}
