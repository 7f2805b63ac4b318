import { ProjectionRows, show, WaybillError } from '@waybill/core';
import type { Views } from '@waybill/core';

/**
 * Read access to the rows of a projection, which lag behind the log. A row with an event that cannot be folded stays as it was
 * before that event. While the projection is rebuilt, the old rows are read. A row that is not JSON is refused with
 * `VIEW_UNREADABLE`.
 */
export interface View<Row> {
  get(key: string): Promise<Row | undefined>;
  /** Every row, in order of key. */
  all(): Promise<readonly Row[]>;
  /**
   * At most `limit` rows (default 100) in order of key, of those above the key `after` (default: from the first one).
   * @throws WaybillError `PAGE_LIMIT`
   */
  page(options?: { readonly after?: string | undefined; readonly limit?: number }): Promise<ViewPage<Row>>;
}

export interface ViewPage<Row> {
  readonly rows: readonly { readonly key: string; readonly row: Row }[];
  /** The `after` of the next page; undefined at the end. */
  readonly next: string | undefined;
}

const PAGE = 100;
const MOST = 10_000;

export function viewOf<Row>(views: Views, projection: string): View<Row> {
  const stored = new ProjectionRows(views, projection);
  const parse = (row: string, key: string): Row => {
    try {
      return JSON.parse(row) as Row;
    } catch {
      throw new WaybillError('VIEW_UNREADABLE', `the row ${show(key)} of "${projection}" is not JSON`, 'rebuild the projection');
    }
  };
  return {
    async get(key) {
      const row = await stored.get(key);
      return row === undefined ? undefined : parse(row, key);
    },
    async all() {
      return (await stored.page()).rows.map(({ key, row }) => parse(row, key));
    },
    async page({ after, limit = PAGE } = {}) {
      if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST)
        throw new WaybillError('PAGE_LIMIT', `the limit of a page is ${show(limit)}`, `give a whole number from 1 to ${MOST}`);
      const { rows, last } = await stored.page(after, limit);
      return { rows: rows.map(({ key, row }) => ({ key, row: parse(row, key) })), next: last };
    },
  };
}
