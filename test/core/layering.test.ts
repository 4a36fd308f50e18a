import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const src = join(__dirname, '..', '..', 'src');
const files = (folder: string): string[] => !existsSync(join(src, folder)) ? [] : readdirSync(join(src, folder), { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts')).map(file => join(folder, file));
const text = (file: string): string => readFileSync(join(src, file), 'utf8');

describe('the structure stays visible', () => {
  it('core and cli never name vscode, not even for a type', () =>
    assert.deepEqual([...files('core'), ...files('cli')].filter(file => /from\s+['"]vscode['"]|import\(['"]vscode['"]\)|require\(['"]vscode['"]\)/.test(text(file))), []));
  it('views and commands never import each other', () =>
    assert.deepEqual([...files('views').filter(file => text(file).includes('/commands/')), ...files('commands').filter(file => text(file).includes('/views/'))], []));
  it('timers come from the clock only', () => assert.deepEqual(files('core').filter(file => /\bset(Timeout|Interval)\(/.test(text(file)) && file !== join('core', 'base', 'clock.ts')), []));
  it('nothing is exported by default, and no file is an index or a drawer of odds and ends', () =>
    assert.deepEqual(files('.').filter(file => /^export default/m.test(text(file)) || /(^|[\\/])(index|utils?|helpers?|misc)\.ts$/.test(file)), []));
});
