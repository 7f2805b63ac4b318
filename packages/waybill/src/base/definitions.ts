import { Container, injectable } from 'inversify';
import { classEntry, define, describe, WaybillError } from '@waybill/core';
import type { Definition, UseClass } from '@waybill/core';

/** Builds each decorated class with what it injects, and reads its definition. @throws WaybillError with every problem of a class */
export function definitionsOf(use: readonly UseClass[], container: Container = new Container()): Definition[] {
  return use.map((target) => {
    classEntry(target);
    return define(target, build(container, target));
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
      'bind what it injects in the container that you pass to App.start',
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
