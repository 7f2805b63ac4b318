import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sqlite } from '@waybill/sqlite';
import { App, ERASED, Event, personalStore } from 'waybill';
import { bytesOnDisk, rowsOf } from './personal-kit';

export class Told extends Event('Told', { personal: ['text'], subject: (e) => e['of'] })<{ of: string; text: string }> {}

function processOn(file: string) {
  const child = spawn(process.execPath, [join(__dirname, 'personal-child.js'), file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => child.on('close', resolve));
  const answer = async () => (await lines.next()).value as string;
  return {
    ready: answer(),
    ask: (line: string) => (child.stdin.write(`${line}\n`), answer()),
    end: () => (child.stdin.end(), ended),
  };
}

test('processes that write of the same new people at once use the same keys, and one of them is told by the keys who was forgotten elsewhere', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-personal-'));
  const file = join(folder, 'log.db');
  const store = sqlite(file);
  const others: ReturnType<typeof processOn>[] = [];
  try {
    others.push(processOn(file), processOn(file), processOn(file));
    await Promise.all(others.map(({ ready }) => ready));
    expect(await Promise.all(others.map(({ ask }) => ask('write 0 40')))).toEqual(['written', 'written', 'written']);
    const seen = personalStore(store);
    const texts = (await rowsOf(seen)).map(({ data }) => (JSON.parse(data) as Told).text);
    expect(texts.sort()).toEqual(Array.from({ length: 120 }, (_, n) => `of ${Math.floor(n / 3)}`).sort());
    expect(bytesOnDisk(file)).not.toMatch(/"of \d+"/);

    const [{ stream } = { stream: '' }] = (await rowsOf(store)).filter(({ data }) => data.includes('"p-7"'));
    expect(await others[0]?.ask(`read ${stream}`)).toBe('of 7');
    const app = await App.start({ store, use: [] });
    await app.forget('p-7');
    await app.stop();
    // It looks at the keys to write of somebody else.
    expect(await others[0]?.ask('write 900 1')).toBe('written');
    expect(await others[0]?.ask(`read ${stream}`)).toBe(ERASED);
    const late = processOn(file);
    others.push(late);
    await late.ready;
    expect(await late.ask(`read ${stream}`)).toBe(ERASED);
    expect(await others[1]?.ask('write 7 1')).toBe('written');
    expect(await others[1]?.ask(`read ${stream}`)).toBe(ERASED);
  } finally {
    await Promise.all(others.map(({ end }) => end()));
    await store.close();
    rmSync(folder, { recursive: true });
  }
});
