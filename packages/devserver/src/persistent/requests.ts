import type { CreateReq, UpdateReq } from '@eventstore/db-client/generated/persistent_pb';
import type { StreamIdentifier } from '@eventstore/db-client/generated/shared_pb';
import { filterOf } from '../wire/filter';
import type { Place } from '../wire/read-request';
import { placeOf, streamOf } from '../wire/read-request';
import { invalid } from '../wire/status';
import type { Settings } from './settings';
import { settingsOf } from './settings';

/** The event source of groups on the whole log, as clients call it. */
export const ALL = '$all';

/** Identifies a group: one stream or $all, and the name of the group on it. */
export interface GroupKey {
  readonly stream: string;
  readonly group: string;
}

/** A filter as it is saved, just as it was sent. */
export interface FilterSpec {
  readonly on: 'type' | 'stream';
  readonly regex: string;
  readonly prefixes: readonly string[];
}

export interface GroupSpec extends GroupKey {
  readonly from: Place;
  readonly filter?: FilterSpec;
  readonly settings: Settings;
}

interface Keyed {
  getGroupName(): string;
  getStreamIdentifier(): StreamIdentifier | undefined;
  hasAll(): boolean;
}

/** @throws CallError INVALID_ARGUMENT */
export function groupKey(options: Keyed | undefined): GroupKey {
  const group = options?.getGroupName() ?? '';
  if (!options || group === '') throw invalid('the group has no name');
  return { stream: options.hasAll() ? ALL : streamOf(options.getStreamIdentifier()?.getStreamName_asU8()), group };
}

/** @throws CallError INVALID_ARGUMENT */
export function groupSpec(options: CreateReq.Options | UpdateReq.Options | undefined): GroupSpec {
  if (!options) throw invalid('a persistent subscription needs options');
  const settings = settingsOf(options.getSettings());
  const all = options.getAll();
  if (all) {
    const position = all.getPosition();
    const from = position ? placeOf(position.getCommitPosition()) : all.hasEnd() ? 'end' : 'start';
    const filter = 'getFilter' in all ? filterSpec(all.getFilter()) : undefined;
    return { ...groupKey(options), from, settings, ...(filter && { filter }) };
  }
  const one = options.getStream();
  const revision = one ? (one.hasRevision() ? one.getRevision() : undefined) : options.getSettings()?.getRevision();
  const from = revision !== undefined ? placeOf(revision) : one?.hasEnd() ? 'end' : 'start';
  const stream = streamOf((one ?? options).getStreamIdentifier()?.getStreamName_asU8());
  if (options.getGroupName() === '') throw invalid('the group has no name');
  return { stream, group: options.getGroupName(), from, settings };
}

function filterSpec(sent: CreateReq.AllOptions.FilterOptions | undefined): FilterSpec | undefined {
  if (!sent) return undefined;
  const [type, stream] = [sent.getEventType(), sent.getStreamIdentifier()];
  const expression = type ?? stream;
  if (!expression) throw invalid('a filter is on the event type or on the stream name');
  filterOf(type ? 'type' : 'stream', expression);
  return { on: type ? 'type' : 'stream', regex: expression.getRegex(), prefixes: expression.getPrefixList() };
}
