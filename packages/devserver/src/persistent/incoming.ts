import type { Outflow } from '../calls/outflow';

interface Source<Req> {
  on(event: 'data', take: (request: Req) => void): unknown;
  on(event: 'end', then: () => void): unknown;
}

/** The client's messages of a bidirectional call, one by one; ends when the client has ended the call or has gone. */
export async function* incoming<Req, Resp>(call: Source<Req>, out: Outflow<Req, Resp>): AsyncGenerator<Req> {
  const waiting: Req[] = [];
  let ended = false;
  let wake: () => void = () => undefined;
  const end = (): void => {
    ended = true;
    wake();
  };
  call.on('data', (request) => {
    waiting.push(request);
    wake();
  });
  call.on('end', end);
  if (out.signal.aborted) end();
  else out.signal.addEventListener('abort', end, { once: true });
  for (;;) {
    const request = waiting.shift();
    if (request !== undefined) yield request;
    else if (ended) return;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}
