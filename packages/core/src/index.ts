/**
 * What an application types, as `waybill` hands it on. Each name is a decision: `test/layout/names.txt` lists them.
 * Stores import `@waybill/core/store-kit`; `@waybill/core/internal` is for the packages of this repository and promises nothing.
 */
import './base/single-copy';

export { Actor, after, at, cancel, cancelAll, close, conflict, discard, Rejected } from './actors/actor';
export type { After, AnyActor, CallMeta, Cancel, Close, Conflict, Decision, Discard, InOf, Meta, OutOf, StateOf } from './actors/actor';
export type { UseClass } from './actors/declaration';
export { Aggregate, Applies, Handler, Handles, HandlesLate, On, Projection, Saga } from './actors/decorators';
export { Lifecycle } from './actors/lifecycle';
export type { StatusOf } from './actors/lifecycle';
export type { ClassOptions, DeliveryMode, HandlerOptions, HandlesOptions, Once, RetryPolicy, SagaOptions } from './actors/options';
export { canonical } from './base/canonical-json';
export type { Difference } from './base/canonical-json';
export type { Duration } from './base/duration';
export { WaybillError } from './base/errors';
export { IndexSet } from './base/index-set';
export type { Runtime } from './base/runtime';
export type { Answer } from './consumers/commands';
export { OUTCOMES } from './flow/outcome';
export type { Counts, Observable, Outcome, OutcomeKind, Result } from './flow/outcome';
export type { Yielding } from './flow/yields';
export { Command, Event } from './messages/message';
export { ERASED, isErased } from './messages/personal';
export { Refusal } from './messages/refusal';
export type { RefusalClass } from './messages/refusal';
export type {
  AnyCommand,
  AnyEvent,
  AnyMessageClass,
  AnyMessageOptions,
  Fields,
  Message,
  MessageOf,
  MessageOptions,
  PlainMessageClass,
  SchemaMessageClass,
  StandardSchemaV1,
  Survives,
} from './messages/types';
export type { ParkedMessage, Released, Signature } from './parking/parked-message';
export type { Retrying } from './parking/retrying';
export { exportLog, importLog } from './store/copy';
export { memoryStore } from './store/memory/store';
export type { Expected, Keys, NewEvent, Recorded, Store, Views, Write, Written } from './store/port';
export type { Operators, PendingDeadline } from './system/operators';
export type { Limits } from './system/system';
