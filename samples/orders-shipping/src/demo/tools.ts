import { audit, Container, explain, explanationText } from 'waybill';
import type { Store } from 'waybill';
import { Mailer } from '../mail-on-shipment';
import { FEED } from './producer';
import { ROLES } from './run';

/** The classes of the sample, read and never run: no mail goes out. */
function classes() {
  const container = new Container();
  container.bind<Mailer>(Mailer).toConstantValue({ send: () => Promise.resolve() });
  return { use: ROLES.all, container };
}

/** The first place where the log breaks what must hold of every log; undefined when there is none. */
export async function auditOf(store: Store): Promise<string | undefined> {
  const [found] = (await audit(store, classes())).violations;
  if (!found) return undefined;
  const at = found.at ? ` (${found.at.stream} version ${found.at.version}, position ${found.at.position})` : '';
  return `audit: ${found.name}: ${found.what}${at}. It means: ${found.means}`;
}

/** What became of a message of the feed, each time that the log holds it; or of any other id of the log. */
export async function explanationOf(store: Store, id: string): Promise<{ readonly found: boolean; readonly text: string }> {
  const ids = await rowsOf(store, id);
  const texts: string[] = [];
  let found = false;
  for (const one of ids.length > 0 ? ids : [id]) {
    const explanation = await explain(store, one, classes());
    found ||= explanation.copies.length > 0;
    texts.push(explanationText(explanation));
  }
  return { found, text: texts.join('\n') };
}

/** The rows of the feed whose message has this id: each has an id of its own. */
async function rowsOf(store: Store, id: string): Promise<string[]> {
  const found: string[] = [];
  for (let from = 0; ;) {
    const rows = await store.read(FEED, from, 1_000);
    found.push(...rows.filter(({ meta }) => (JSON.parse(meta) as { messageId?: string }).messageId === id).map((row) => row.id));
    if (rows.length < 1_000) return found;
    from += rows.length;
  }
}
