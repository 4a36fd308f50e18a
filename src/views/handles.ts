/** Oldest handles are forgotten beyond this many. */
const MAX = 2000;

/** Short names for objects, for command links in Markdown: such a link carries nothing that came from a file or the cluster. */
export class Handles {
  readonly #ids = new Map<string, string>();
  readonly #handles = new Map<string, string>();
  #next = 1;

  of(id: string): string {
    const known = this.#handles.get(id);
    if (known !== undefined) return known;
    const handle = `h${this.#next++}`;
    this.#handles.set(id, handle);
    this.#ids.set(handle, id);
    for (const [old, oldId] of this.#ids) {
      if (this.#ids.size <= MAX) break;
      this.#ids.delete(old);
      this.#handles.delete(oldId);
    }
    return handle;
  }

  idOf(handle: string): string | undefined {
    return this.#ids.get(handle);
  }
}
