import assert from 'node:assert/strict';
import { join } from 'node:path';
import { besidesCharts } from '../../../src/core/drift/chart-folders';

describe('files that may be applied as they stand', () => {
  const table: readonly (readonly [name: string, files: readonly string[], left: readonly string[]])[] = [
    ['no chart', ['a/templates/x.yaml', 'b.yaml'], ['a/templates/x.yaml', 'b.yaml']],
    ['templates of a chart are none, nor are its definitions', ['web/Chart.yaml', 'web/values.yaml', 'web/templates/x.yaml', 'web/templates/deep/y.yaml', 'web/crds/c.yaml', 'webb/templates/x.yaml'], ['web/Chart.yaml', 'web/values.yaml', 'webb/templates/x.yaml']],
    ['nor are charts inside of it', ['web/Chart.yaml', 'web/charts/db/Chart.yaml', 'web/charts/db/crds/c.yaml'], ['web/Chart.yaml']],
  ];
  const native = (files: readonly string[]): string[] => files.map(file => join('/', ...file.split('/')));
  for (const [name, files, left] of table) it(name, () => assert.deepEqual(besidesCharts(native(files)), native(left)));
});
