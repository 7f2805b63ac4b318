export * from '@waybill/core';
export { Container, inject, injectable } from 'inversify';
export * from './app';
export { realRuntime } from './runtime';
