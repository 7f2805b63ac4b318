import type { NewEvent } from '@waybill/core/store-kit';
import type { UUID } from '@eventstore/db-client/generated/shared_pb';
import { textsOf } from '../wire/payload';
import { numberOf, streamOf } from '../wire/read-request';
import { BadContent, invalid, maxAppendSizeExceeded, metadataMissing } from '../wire/status';
import type { Expectation } from '../log/outcome';
import { uuidOf } from '../wire/uuid';

/** Bytes of one append, as the real server counts them: data, metadata, and two for each character of the type. */
export const MAX_APPEND = 1_048_576;

/** A proposed message of Append and of BatchAppend. */
interface Proposed {
  getId(): UUID | undefined;
  getMetadataMap(): { get(key: string): string | undefined };
  getCustomMetadata_asU8(): Uint8Array;
  getData_asU8(): Uint8Array;
}

/** Collects the events of one append and checks them against the limit. */
export class Proposal {
  readonly events: NewEvent[] = [];
  private size = 0;

  /** @throws CallError INVALID_ARGUMENT */
  add(proposed: Proposed): void {
    const properties = proposed.getMetadataMap();
    const type = properties.get('type');
    if (type === undefined) throw metadataMissing('type');
    if (type === '') throw new BadContent('the event has no type');
    const contentType = properties.get('content-type');
    if (contentType === undefined) throw metadataMissing('content-type');
    const [data, metadata] = [proposed.getData_asU8(), proposed.getCustomMetadata_asU8()];
    this.size += data.length + metadata.length + 2 * type.length;
    if (this.size > MAX_APPEND) throw maxAppendSizeExceeded(MAX_APPEND);
    const id = uuidOf(proposed.getId(), 'event id');
    const texts = textsOf({ data, metadata, json: contentType === 'application/json' });
    this.events.push({ id, type, ...texts, time: Date.now() });
  }
}

/** @throws CallError INVALID_ARGUMENT */
export function writableStream(bytes: Uint8Array | undefined): string {
  const name = streamOf(bytes);
  if (name === '$all' || name === '$$') throw invalid(`nothing can be written to ${name}`);
  return name;
}

export function expectationOf(
  kind: { hasNoStream(): boolean; hasAny(): boolean; hasStreamExists(): boolean },
  revision: string | undefined,
): Expectation {
  // A revision too large for a number becomes the largest one: no stream is at either.
  if (revision !== undefined) return numberOf(revision);
  if (kind.hasNoStream()) return 'none';
  if (kind.hasAny()) return 'any';
  if (kind.hasStreamExists()) return 'exists';
  throw invalid('the expected revision is missing');
}
