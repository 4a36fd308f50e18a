import { basename, dirname, join, sep } from 'node:path';
import { madeOf } from '../base/made-of';
import type { FolderSource } from './folder-source';
import type { ReadPaths } from './plan';

export const CHART_FILE = 'Chart.yaml';

/** What makes a folder a chart. */
const isChartFile = (file: string): boolean => file.endsWith(CHART_FILE) && basename(file) === CHART_FILE;

/** Those of these files that make a folder a chart. */
export const chartFilesIn = madeOf((files: readonly string[]) => files.filter(isChartFile));

/** Without the templates of charts, the definitions that Helm installs (`crds/`) and the charts inside of them: nobody applies these as they stand. */
export function besidesCharts(files: readonly string[]): readonly string[] {
  const rendered = insideCharts(chartFilesIn(files));
  return rendered.length === 0 ? files : files.filter(file => !rendered.some(folder => file.startsWith(folder)));
}

/** The `Chart.yaml` of each chart that is no part of another. */
export function chartsAmong(files: readonly string[]): readonly string[] {
  const charts = chartFilesIn(files);
  const inside = insideCharts(charts);
  return charts.filter(file => !inside.some(folder => file.startsWith(folder)));
}

const insideCharts = (charts: readonly string[]): readonly string[] => charts.flatMap(file => ['templates', 'crds', 'charts'].map(name => join(dirname(file), name) + sep));

/** What is shown of charts while they are rendered, with these other files, and what decides it. */
export function chartReads(charts: readonly string[], others: readonly string[], { index }: Pick<FolderSource, 'index'>): ReadPaths {
  const folders = charts.map(chart => join(chart, sep));
  return { files: new Set([...others, ...index.files().filter(file => folders.some(folder => file.startsWith(folder)))]), seen: new Set([...folders, ...others]), templates: true };
}

/** What stands in for what is wrong with these templates: whoever applies the chart says that it is not rendered. */
export const templatesOf = (chart: string, files: readonly string[]): ReadonlyMap<string, readonly []> =>
  new Map(files.flatMap(file => (insideCharts([join(chart, CHART_FILE)]).some(folder => file.startsWith(folder)) ? [[file, []] as const] : [])));
