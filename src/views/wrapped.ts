/** Characters of a line in a document of ours that is read, not compared. */
const WIDTH = 100;

/** Breaks long lines at spaces; what goes on is indented under its beginning. A word longer than a line stays whole. */
export const wrapped = (text: string, width = WIDTH): string => text.split('\n').flatMap(line => wrap(line, width)).join('\n');

function wrap(line: string, width: number): string[] {
  const [indent = ''] = /^ */.exec(line) ?? [];
  const under = `${indent}  `;
  const lines: string[] = [];
  let current = indent;
  for (const word of line.slice(indent.length).split(' ')) {
    const begun = current.trim() !== '';
    if (begun && current.length + 1 + word.length > width) {
      lines.push(current);
      current = under + word;
    } else {
      current += begun ? ` ${word}` : word;
    }
  }
  return [...lines, current];
}
