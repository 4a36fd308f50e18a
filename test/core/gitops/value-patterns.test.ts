import assert from 'node:assert/strict';
import { isComputed, resolvedValues } from '../../../src/core/gitops/value-patterns';

const FILES = ['env/a.yaml', 'env/b.yaml', 'env/a.yml', 'env/ab.yaml', 'env/-a.yaml', 'env/c/a.yaml', 'env/c/d/a.yaml', 'env/cd/a.yaml', 'dev/a.yaml', 'top.yaml', 'x*y/a.yaml', 'env/{a}.yaml'];

/** What doublestar 4.10 finds among these files, in its order. */
const CASES: readonly (readonly [pattern: string, found: readonly string[] | string])[] = [
  ['env/*.yml', ['env/a.yml']],
  ['env/{a,b}.y?ml', ['env/a.yaml', 'env/b.yaml']],
  ['{env,dev}/[ab].{yaml,yml}', ['dev/a.yaml', 'env/a.yaml', 'env/a.yml', 'env/b.yaml']],
  ['env/a{,b}.y*', ['env/a.yaml', 'env/a.yml', 'env/ab.yaml']],
  ['env/{a,{b,ab}}.*ml', ['env/a.yaml', 'env/a.yml', 'env/ab.yaml', 'env/b.yaml']],
  ['e{n,x}v/{c,c?}/*.yaml', ['env/c/a.yaml', 'env/cd/a.yaml']],
  ['env/[!ab]*.yaml', ['env/-a.yaml', 'env/{a}.yaml']],
  ['env/\\{a\\}.y*', ['env/{a}.yaml']],
  ['x\\*y/*', ['x*y/a.yaml']],
  ['e*/**/*/*.yaml', ['env/c/a.yaml', 'env/cd/a.yaml', 'env/c/d/a.yaml']],
  ['**/a.yaml', ['dev/a.yaml', 'env/a.yaml', 'env/c/a.yaml', 'env/c/d/a.yaml', 'env/cd/a.yaml', 'x*y/a.yaml']],
  ['env/c*', 'env/c* finds the folder env/c, which is no value file'],
  ['env/**', 'env/** finds the folder env, which is no value file'],
  ['none/*.{yaml,yml}', 'no value file is found by none/*.{yaml,yml}'],
];

/** Found in another order than here, or by rules that are not read here. */
const LEFT_OPEN = ['**/{a,b}.yaml', 'env/{a,c/a}.y*ml', 'env/{a,*', 'env/[a', 'env/[-a]*', 'env/[!ab{]*', 'env/*]', 'env/*\\', '{,env}/*.yaml', '{*,**}/a.yaml'];

describe('the value files that a pattern of Argo CD stands for', () => {
  for (const [pattern, expected] of CASES) {
    it(pattern, () => {
      assert.ok(isComputed(pattern));
      const values = resolvedValues([{ kind: 'file', path: pattern }], FILES, false);
      assert.deepEqual(typeof values === 'string' ? values : values.map(value => (value.kind === 'file' ? value.path : '')), expected);
    });
  }

  for (const pattern of LEFT_OPEN) it(`${pattern} is left open`, () => assert.equal(isComputed(pattern), false));

  it('a path that only has braces is the name of a file', () => {
    assert.deepEqual(resolvedValues([{ kind: 'file', path: 'env/{a,b}.yaml' }], FILES, false), [{ kind: 'file', path: 'env/{a,b}.yaml' }]);
  });
});
