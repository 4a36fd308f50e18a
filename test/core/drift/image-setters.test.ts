import assert from 'node:assert/strict';
import { imagePolicyAt } from '../../../src/core/drift/image-setters';

describe('who writes an image into Git', () => {
  const table: readonly (readonly [string, string, string | undefined])[] = [
    ['the whole image', 'image: a:1 # {"$imagepolicy": "flux-system:web"}\n', 'ImagePolicy flux-system/web'],
    ['its tag', 'x\nnewTag: a:1 # {"$imagepolicy": "flux-system:web:tag"}', 'ImagePolicy flux-system/web'],
    ['spaces do not matter', 'image: a:1  #{ "$imagepolicy" : "flux-system:web:digest" }\r\n', 'ImagePolicy flux-system/web'],
    ['a comment on another line', '# {"$imagepolicy": "flux-system:web"}\nimage: a:1\n# {"$imagepolicy": "flux-system:web"}', undefined],
    ['another comment', 'image: a:1 # keep\n', undefined],
    ['no name', 'image: a:1 # {"$imagepolicy": "web"}\n', undefined],
  ];
  for (const [name, text, expected] of table) it(name, () => assert.equal(imagePolicyAt(text, { start: text.indexOf('a:1'), end: text.indexOf('a:1') + 3 }), expected));
});
