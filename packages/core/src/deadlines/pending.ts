import type { ActorDefinition } from '../actors/definition';
import type { ConsumerContext } from '../flow/context';
import { metaOf } from '../history/codec';
import { load } from '../history/replay';
import type { Recorded } from '../store/port';
import { DueBuckets, minuteOf } from './buckets';
import { isBefore, type Due } from './heap';

/** A deadline of this actor that has not fired, and was neither cancelled nor set anew. */
interface Pending {
  readonly stream: string;
  readonly type: string;
  readonly key: string;
  readonly due: number;
}

/** The pending deadlines of a saga, the soonest first: those in memory that are in no bucket, and those of each minute that has some. */
export async function* pendingDeadlines(
  definition: ActorDefinition,
  { store, runtime }: ConsumerContext,
  inNoBucket: readonly Due[],
): AsyncGenerator<Pending> {
  yield* pendingOf(inNoBucket);
  const buckets = new DueBuckets(definition.name, store, runtime, () => false);
  const byMinute = new Map<number, string[]>();
  for (const bucket of await buckets.start()) byMinute.set(minuteOf(bucket), [...(byMinute.get(minuteOf(bucket)) ?? []), bucket]);
  for (const minute of [...byMinute.keys()].sort((a, b) => a - b)) {
    const held = await Promise.all((byMinute.get(minute) as string[]).map((bucket) => buckets.load(bucket)));
    const once = new Map(held.flat().map((due) => [due.row.position, due]));
    yield* pendingOf([...once.values()]);
  }

  async function* pendingOf(dues: readonly Due[]): AsyncGenerator<Pending> {
    const folds = new Map<string, Awaited<ReturnType<typeof load>>>();
    for (const { due, row } of [...dues].sort((a, b) => (isBefore(a, b) ? -1 : 1))) {
      const { stream, version } = row;
      const fold = folds.get(stream) ?? (await load(store, definition, stream, runtime));
      folds.set(stream, fold);
      const { key = '' } = metaOf(row as unknown as Recorded);
      const type = definition.inputs.get(row.type)?.message.messageType ?? row.type;
      if (!fold.closed && fold.dedup.isPending(type, key, version)) yield { stream, type, key, due };
    }
  }
}
