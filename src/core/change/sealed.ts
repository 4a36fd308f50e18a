/** Keeps a value out of logs, JSON and debuggers' eyes until somebody opens it on purpose. */
export class Sealed<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  open(): T {
    return this.#value;
  }

  toJSON(): string {
    return 'sealed';
  }
}
