/** Ends a `switch` over a union: the compiler proves that nothing gets here, and the program says so if it is wrong. */
export function unreachable(value: never): never {
  throw new Error(`unhandled case ${JSON.stringify(value)}`);
}
