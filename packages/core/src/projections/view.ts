import type { Views } from '../store/port';
import { generationName, loadGenerations } from './generation';
import { goodRow } from './row';

/** Rows of a projection, read from its current generation. */
export class ProjectionRows {
  private generation = 1;

  constructor(
    private readonly views: Views,
    private readonly projection: string,
  ) {}

  /** JSON text; undefined for a row that is deleted or never existed. */
  async get(key: string): Promise<string | undefined> {
    const [stored] = await this.read((view) => this.views.load(view, [key]));
    return goodRow(stored);
  }

  /**
   * Rows in order of key, above the key `after` where one is given. `last` is the key after which the next page begins;
   * undefined at the end. A page may be short: a row that an earlier version held up from its first event on has no text.
   */
  async page(
    after?: string,
    limit?: number,
  ): Promise<{ readonly rows: readonly { readonly key: string; readonly row: string }[]; readonly last: string | undefined }> {
    const asked = { ...(after !== undefined && { after }), ...(limit !== undefined && { limit }) };
    const stored = await this.read((view) => this.views.all(view, asked));
    const rows = stored.flatMap((one) => {
      const row = goodRow(one);
      return row === undefined ? [] : { key: one.key, row };
    });
    return { rows, last: limit === undefined || stored.length < limit ? undefined : stored.at(-1)?.key };
  }

  /** What was read is valid if its generation is still current afterwards: no generation is dropped before that. */
  private async read<T>(look: (view: string) => Promise<T>): Promise<T> {
    for (;;) {
      const { generation } = this;
      const found = await look(generationName(this.projection, generation));
      const { current } = await loadGenerations(this.views, this.projection);
      if (current === generation) return found;
      this.generation = current;
    }
  }
}
