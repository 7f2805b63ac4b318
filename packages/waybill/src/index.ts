export * from '@waybill/core';
export { Container, inject, injectable } from 'inversify';
export * from './app';
export { personalStore } from './personal';
export type { PersonalOptions } from './personal';
export { realRuntime } from './runtime';
