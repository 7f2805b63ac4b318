export * from '@waybill/core';
export { Container, inject, injectable } from 'inversify';
export * from './app';
export { personalStore } from './personal';
export type { PersonalOptions } from './personal';
export type { Logger, LogFields } from './logger';
export type { WatchOptions } from './watch';
export { realRuntime } from './runtime';
