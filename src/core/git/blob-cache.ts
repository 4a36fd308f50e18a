/** Texts by blob hash: a hash never changes its content, so only room is a reason to let go. Oldest use goes first. */
export class BlobCache {
  readonly #limit: number;
  readonly #kept = new Map<string, { readonly text: string | undefined; readonly bytes: number }>();
  #bytes = 0;

  /** `limit` in bytes, estimated at two per UTF-16 unit. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  has(id: string): boolean {
    return this.#kept.has(id);
  }

  get(id: string): string | undefined {
    const entry = this.#kept.get(id);
    if (!entry) return undefined;
    this.#kept.delete(id);
    this.#kept.set(id, entry);
    return entry.text;
  }

  set(id: string, text: string | undefined): void {
    this.#drop(id);
    const entry = { text, bytes: 200 + 2 * (text?.length ?? 0) };
    this.#kept.set(id, entry);
    this.#bytes += entry.bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.#drop(oldest);
    }
  }

  #drop(id: string): void {
    this.#bytes -= this.#kept.get(id)?.bytes ?? 0;
    this.#kept.delete(id);
  }
}
