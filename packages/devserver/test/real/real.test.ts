import { memoryStore } from '@waybill/core';
import type { DevServer } from '@waybill/devserver';
import { startDevServer } from '@waybill/devserver';
import { Play } from './play';
import { clientOf } from './requests';
import { LINES } from './table';

jest.setTimeout(60_000);

describe.each(['unary', 'batch'] as const)('the dev server answers as EventStoreDB 23.10.8 on the %s path', (path) => {
  let server: DevServer;
  let client: ReturnType<typeof clientOf>;
  beforeAll(async () => {
    server = await startDevServer({ store: memoryStore(), positionStep: 97 });
    client = clientOf(server.url);
  });
  afterAll(async () => {
    client.streams.close();
    await server.stop();
  });

  test.each(LINES)('%s', async (line) => {
    expect(await new Play(client, path).differences(line)).toEqual([]);
  });
});
