import { createHash } from 'node:crypto';
import { UUID } from '@eventstore/db-client/generated/shared_pb';
import { BadContent } from './status';

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ZERO = '00000000-0000-0000-0000-000000000000';

/** In lower case, as the real server returns ids. @throws CallError INVALID_ARGUMENT */
export function uuidOf(sent: UUID | undefined, what: string): string {
  const structured = sent?.getStructured();
  const text = structured
    ? dashed(hex(structured.getMostSignificantBits()) + hex(structured.getLeastSignificantBits()))
    : (sent?.getString() ?? '').toLowerCase();
  if (!FORM.test(text) || text === ZERO) throw new BadContent(`the ${what} is not a UUID (${JSON.stringify(text.slice(0, 80))})`);
  return text;
}

/** Rows that were not written through this server may have other ids: these are shown as a UUID derived from the id. */
export function asUuid(id: string): string {
  if (FORM.test(id)) return id;
  const bytes = createHash('sha1').update('waybill:').update(id).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return dashed(bytes.toString('hex'));
}

export function uuidMessage(id: string, structured: boolean): UUID {
  if (!structured) return new UUID().setString(id);
  const digits = id.replaceAll('-', '');
  const bits = new UUID.Structured();
  bits.setMostSignificantBits(signed(digits.slice(0, 16)));
  bits.setLeastSignificantBits(signed(digits.slice(16)));
  return new UUID().setStructured(bits);
}

function signed(digits: string): string {
  return BigInt.asIntN(64, BigInt(`0x${digits}`)).toString();
}

function hex(signedDecimal: string): string {
  return BigInt.asUintN(64, BigInt(signedDecimal)).toString(16).padStart(16, '0');
}

function dashed(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
