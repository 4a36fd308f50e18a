import assert from 'node:assert/strict';
import { delimiter } from 'node:path';
import { listFiles } from '../../../src/core/cluster/kubeconfig-files';

describe('Which kubeconfig files are read', () => {
  const cases: [string, string | undefined, string | undefined, string[], string?][] = [
    ['neither setting nor variable: the one in the home folder', undefined, undefined, ['/home/me/.kube/config']],
    ['the variable comes before the home folder', undefined, ['/a', '/b'].join(delimiter), ['/a', '/b']],
    ['the setting comes before the variable', '/mine', '/a', ['/mine']],
    ['the tilde is the home folder', '~/k', undefined, ['/home/me/k']],
    ['relative paths mean another file in every folder, so they do not count', './k', '/a', ['/a']],
    ['relative paths are a person\'s own where a current folder is given', 'k', '/a', ['/repo/k'], '/repo'],
    ['an absolute path stays where a current folder is given', undefined, '/a', ['/a'], '/work'],
    ['empty parts are no files', undefined, delimiter, ['/home/me/.kube/config']],
  ];
  for (const [name, setting, variable, expected, current] of cases) {
    it(name, () => assert.deepEqual(listFiles(setting, variable, '/home/me', current), expected));
  }
});
