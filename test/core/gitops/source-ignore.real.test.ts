import assert from 'node:assert/strict';
import { posix } from 'node:path';
import type { JsonObject } from '../../../src/core/base/json';
import { sourceIgnore } from '../../../src/core/gitops/source-ignore';
import { program } from '../../bench/programs';
import { askProgram } from '../kube/oracle';
import { Random } from '../kube/random-typed';

const SEGMENTS = ['a', 'b', 'ab', '*', '**', '?', '[ab]', '[^a]', 'a*', '*b', '\\*', 'a**', 'c.yaml', '*.yaml', '.github', '[a', '', ' a', 'a '];
const NAMES = ['a', 'b', 'ab', 'c.yaml', '*', 'a.png', '.github', '.gitignore', ' a'];

interface Question extends JsonObject {
  readonly files: Readonly<Record<string, string>>;
  readonly ignore: string | null;
}

function question(random: Random): Question {
  const rule = (): string => `${random.pick(['', '', '', '!', '/', '#', '!/'])}${Array.from({ length: 1 + random.int(3) }, () => random.pick(SEGMENTS)).join('/')}${random.pick(['', '', '/', ' ', '/**'])}`;
  const rules = (): string => Array.from({ length: 1 + random.int(3) }, rule).join(random.pick(['\n', '\r\n']));
  const files: Record<string, string> = {};
  for (let i = 0; i < 12; i++) {
    const path = Array.from({ length: 1 + random.int(4) }, () => random.pick(NAMES)).join('/');
    // A file cannot be a folder as well.
    if (!Object.keys(files).some(other => other === path || other.startsWith(`${path}/`) || path.startsWith(`${other}/`))) files[path] = '';
  }
  if (random.int(3) > 0) files['.sourceignore'] = rules();
  const folder = Object.keys(files).map(path => posix.dirname(path)).find(path => path !== '.' && path !== '.gitignore');
  if (random.int(3) === 0 && folder !== undefined) files[`${folder}/.sourceignore`] = rules();
  return { files, ignore: random.int(2) === 0 ? rules() : null };
}

describe('what Flux leaves out of a source, against its own code', function () {
  this.timeout(120_000);
  before(function () {
    this.timeout(600_000);
    return program('sourceignore');
  });

  it('for rules like no others, every file', async () => {
    const seed = 20261127;
    const random = new Random(seed);
    const questions = Array.from({ length: 1_500 }, () => question(random));
    const answers = await askProgram('sourceignore', questions);
    let left = 0;
    for (const [i, { files, ignore }] of questions.entries()) {
      const rules = new Map(Object.entries(files).flatMap(([path, text]) => (posix.basename(path) === '.sourceignore' ? [[path === '.sourceignore' ? '' : posix.dirname(path), text] as const] : [])));
      const ours = Object.keys(files).filter(sourceIgnore(rules, ignore ?? undefined)).sort();
      assert.deepEqual(ours, [...(answers[i] as string[])].sort(), `seed ${seed}, question ${i}: ${JSON.stringify({ files, ignore })}`);
      left += ours.length;
    }
    assert.ok(left > 1_000, `${left} files left out`);
  });
});
