import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { canonical } from '@waybill/core';

/** A subject's key. Its `id` is part of every ciphertext, so that ciphertexts of an older key are recognised. */
export interface SubjectKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** Where a ciphertext belongs: it does not decrypt anywhere else. */
export interface Place {
  readonly subject: string;
  /** Name of the message, without the row's prefix. */
  readonly type: string;
  /** Name of the field; '' for the whole text of a row that holds no valid message. */
  readonly field: string;
}

/** Begins every encrypted field. The row's meta says which fields are encrypted, so a user's text is never mistaken for one. */
export const CIPHER_PREFIX = 'waybill.personal.1:';
const SEALED = /^waybill\.personal\.1:([\w-]{12}):([\w-]{39,})$/;
const [ALGORITHM, IV, TAG] = ['aes-256-gcm', 12, 16] as const;

export function newSecret(): string {
  return randomBytes(32).toString('base64');
}

/** Derives a key from any secret text with 256 random bits; the id reveals nothing of the key. */
export function keyOf(secret: string): SubjectKey {
  const derived = createHmac('sha512', secret).update('waybill personal data').digest();
  return { id: derived.subarray(32, 41).toString('base64url'), bytes: derived.subarray(0, 32) };
}

/** The id of the key that `text` was encrypted with; undefined if it is not a ciphertext. */
export function keyIdOf(text: unknown): string | undefined {
  return typeof text === 'string' ? SEALED.exec(text)?.[1] : undefined;
}

let pool = Buffer.alloc(0);
/** Each is used once; many are drawn at a time, since most of the cost is the call. */
function newIv(): Buffer {
  if (pool.length < IV) pool = randomBytes(IV * 256);
  const iv = pool.subarray(0, IV);
  pool = pool.subarray(IV);
  return iv;
}

export function seal(key: SubjectKey, place: Place, value: unknown): string {
  const iv = newIv();
  const cipher = createCipheriv(ALGORITHM, key.bytes, iv).setAAD(aad(place));
  const body = Buffer.concat([cipher.update(canonical(value), 'utf8'), cipher.final()]);
  return `${CIPHER_PREFIX}${key.id}:${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')}`;
}

/** @throws if the text was altered, or comes from another place */
export function unseal(key: SubjectKey, place: Place, text: string): unknown {
  const bytes = Buffer.from(SEALED.exec(text)?.[2] ?? '', 'base64url');
  const decipher = createDecipheriv(ALGORITHM, key.bytes, bytes.subarray(0, IV), { authTagLength: TAG }).setAAD(aad(place));
  decipher.setAuthTag(bytes.subarray(IV, IV + TAG));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(IV + TAG)), decipher.final()]).toString('utf8'));
}

function aad({ subject, type, field }: Place): Buffer {
  return Buffer.from(JSON.stringify([subject, type, field]), 'utf8');
}
