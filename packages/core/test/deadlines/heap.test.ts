import { DueHeap } from '../../dist/deadlines/heap';
import type { Due } from '../../dist/deadlines/heap';
import { dice } from '../dice';

test('the soonest deadline comes out first, whatever was put in and taken out before', () => {
  const roll = dice(7);
  const heap = new DueHeap();
  const model: number[] = [];
  for (let i = 0; i < 5_000; i++) {
    if (roll(3) > 0) {
      const due = roll(500);
      heap.push({ due, place: '', row: { position: i } } as unknown as Due);
      model.push(due);
    } else {
      model.sort((a, b) => a - b);
      expect(heap.soonest?.due).toBe(model[0]);
      expect(heap.pop()?.due).toBe(model.shift());
    }
    expect(heap.size).toBe(model.length);
  }
});

test('deadlines of one moment come out in the order in which they were set', () => {
  const heap = new DueHeap();
  const roll = dice(11);
  const positions = Array.from({ length: 100 }, (_, i) => i);
  for (const position of [...positions].sort(() => roll(3) - 1)) heap.push({ due: 7, place: '', row: { position } } as unknown as Due);
  expect(positions.map(() => heap.pop()?.row.position)).toEqual(positions);
});
