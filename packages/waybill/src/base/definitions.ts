import { Container, injectable } from 'inversify';
import { WaybillError } from '@waybill/core';
import type { UseClass } from '@waybill/core';
import { classEntry, define } from '@waybill/core/internal';
import type { Definition } from '@waybill/core/internal';
import { describe } from '@waybill/core/store-kit';

/** Builds each decorated class with what it injects, and reads its definition. @throws WaybillError with every problem of a class */
export function definitionsOf(use: readonly UseClass[], container: Container = new Container()): Definition[] {
  return use.map((target) => {
    classEntry(target);
    return define(target, build(container, target));
  });
}

/** The same for who only reads a log: no handler is called, so none is built, with all that it would connect to. */
export function definitionsToRead(use: readonly UseClass[], container: Container = new Container()): Definition[] {
  return use.map((target) => {
    const { kind } = classEntry(target);
    return define(target, kind === 'handler' ? (Object.create(target.prototype as object) as object) : build(container, target));
  });
}

/** One instance per class, with what it injects. The class does not need `@injectable()`: its own decorator is enough. */
function build(container: Container, target: UseClass): object {
  const cls = target as unknown as new (...args: never[]) => object;
  try {
    if (container.isBound(cls)) return container.get<object>(cls);
    if (!Reflect.hasOwnMetadata(MARKED, cls)) {
      Reflect.defineMetadata(MARKED, true, cls);
      markInjectable(cls);
    }
    container.bind(cls).toSelf().inSingletonScope();
    return container.get<object>(cls);
  } catch (error) {
    throw new WaybillError(
      'INJECTION_FAILED',
      `${cls.name} cannot be built: ${describe(error).split('\n')[0] ?? ''}`,
      'bind what it injects in an inversify container, and pass it as `container`',
      { cause: error },
    );
  }
}
const MARKED = 'waybill:injectable';

/** inversify throws if the class is marked already: then there is nothing to do. */
function markInjectable(cls: new (...args: never[]) => object): void {
  try {
    injectable()(cls);
  } catch (error) {
    if (!describe(error).includes('multiple times')) throw error;
  }
}
