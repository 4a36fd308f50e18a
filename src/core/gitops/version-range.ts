/** Whether a version fits what a HelmRelease asks for, as Masterminds/semver reads it; `undefined`: that is written in a way that is not computed. */
export function fits(version: string, range: string): boolean | undefined {
  const given = parse(version);
  if (!given || range.trim() === '') return undefined;
  const answers = range.split('||').map(all => {
    // Spaces may stand after an operator, and stand for "and" elsewhere.
    const parts = all.trim().replaceAll(/([<>=!~^]+)\s+/g, '$1').split(/[\s,]+/).filter(part => part !== '');
    const told = parts.map(part => one(given, part));
    return parts.length === 0 || told.includes(undefined) ? undefined : told.every(Boolean);
  });
  return answers.includes(true) ? true : answers.includes(undefined) ? undefined : false;
}

interface Version {
  readonly numbers: readonly [number, number, number];
  /** After the hyphen; `undefined`: a release. */
  readonly early: string | undefined;
}

const FORM = /^v?(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-([\w.-]+))?(?:\+[\w.-]+)?$/;

function parse(text: string): Version | undefined {
  const [, major, minor = '0', patch = '0', early] = FORM.exec(text) ?? [];
  return major === undefined || !/^\d+$/.test(minor) || !/^\d+$/.test(patch) ? undefined : { numbers: [Number(major), Number(minor), Number(patch)], early };
}

function one(version: Version, part: string): boolean | undefined {
  const [, operator = '', text = ''] = /^([<>=!~^]*)(.*)$/.exec(part) ?? [];
  if (/^[xX*]$/.test(text)) return operator === '' || operator === '=' || operator === '>=' ? version.early === undefined : undefined;
  const [, major, minor, patch, early] = FORM.exec(text) ?? [];
  if (major === undefined) return undefined;
  // What comes before a release is only asked for by such a one; in which order such come is left alone.
  if (version.early !== undefined || early !== undefined) return operator === '' || operator === '=' ? version.early === early && same(version, text) : version.early !== undefined && early === undefined ? false : undefined;
  const wild = (name: string | undefined): boolean => name === undefined || /^[xX*]$/.test(name);
  const from: Version['numbers'] = [Number(major), wild(minor) ? 0 : Number(minor), wild(minor) || wild(patch) ? 0 : Number(patch)];
  const whole = !wild(minor) && !wild(patch);
  const [a, b, c] = from;
  const nextMinor: Version['numbers'] = [a, b + 1, 0];
  const nextMajor: Version['numbers'] = [a + 1, 0, 0];
  const below = wild(minor) ? nextMajor : nextMinor;
  const order = compare(version.numbers, from);
  switch (operator) {
    case '':
    case '=':
      return whole ? order === 0 : order >= 0 && compare(version.numbers, below) < 0;
    case '!=':
      return whole ? order !== 0 : undefined;
    case '>':
      return whole ? order > 0 : compare(version.numbers, below) >= 0;
    case '>=':
    case '=>':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
    case '=<':
      return whole ? order <= 0 : compare(version.numbers, below) < 0;
    case '~':
      return order >= 0 && compare(version.numbers, below) < 0;
    case '^': {
      const end: Version['numbers'] = a > 0 || wild(minor) ? nextMajor : b > 0 || wild(patch) ? nextMinor : [0, 0, c + 1];
      return order >= 0 && compare(version.numbers, end) < 0;
    }
    default:
      return undefined;
  }
}

const same = (version: Version, text: string): boolean => {
  const other = parse(text);
  return other !== undefined && compare(version.numbers, other.numbers) === 0;
};

const compare = (a: Version['numbers'], b: Version['numbers']): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
