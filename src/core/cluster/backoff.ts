/** client-go's reflector: 800 ms, doubled up to 30 s, each time stretched at random by up to its own length. */
export class Backoff {
  readonly #first: number;
  readonly #cap: number;
  readonly #random: () => number;
  #next: number;

  constructor(random: () => number, first = 800, cap = 30_000) {
    this.#first = first;
    this.#cap = cap;
    this.#random = random;
    this.#next = first;
  }

  /** Milliseconds to wait now. */
  next(): number {
    const wait = this.#next;
    this.#next = Math.min(this.#cap, wait * 2);
    return wait * (1 + this.#random());
  }

  reset(): void {
    this.#next = this.#first;
  }
}
