import { expect, test } from 'vitest';
import { MemoryStorage } from '../state/storage';
import { ServerClock } from './server_clock';

const kServer = Date.parse('2026-11-24T12:00:00Z');
const kHeader = 'Tue, 24 Nov 2026 12:00:00 GMT';

test('a device that agrees with the server keeps its own time', () => {
  const clock = new ServerClock(() => kServer + 300);
  clock.observe(kHeader, kServer + 250, kServer + 300);
  expect(clock.now()).toBe(kServer + 300);
});

test('a device an hour ahead tells the server’s time to within a second', () => {
  const hour = 3_600_000;
  const clock = new ServerClock(() => kServer + hour + 500);
  clock.observe(kHeader, kServer + hour + 480, kServer + hour + 500);
  expect(Math.abs(clock.now() - (kServer + 500))).toBeLessThan(1000);
});

test('more answers narrow the offset', () => {
  const clock = new ServerClock(() => 0);
  // True offset 5,000 ms: the first answer allows 4,010–5,020, the second, late in its second,
  // only 4,990 and more.
  clock.observe(new Date(5000).toUTCString(), 980, 990);
  clock.observe(new Date(6000).toUTCString(), 1005, 1010);
  expect(clock.offsetMs()).toBeGreaterThanOrEqual(4990);
  expect(clock.offsetMs()).toBeLessThanOrEqual(5020);
});

test('a clock that was set starts the estimate anew', () => {
  const clock = new ServerClock(() => 0);
  clock.observe(new Date(5000).toUTCString(), 0, 0);
  clock.observe(new Date(900_000).toUTCString(), 0, 0);
  expect(clock.offsetMs()).toBeGreaterThanOrEqual(900_000);
});

test('a missing or broken Date header changes nothing', () => {
  const clock = new ServerClock(() => 42);
  clock.observe(null, 0, 0);
  clock.observe('yesterday', 0, 0);
  expect(clock.now()).toBe(42);
});

test('the offset is known again at the next visit, before any answer', () => {
  const storage = new MemoryStorage();
  new ServerClock(() => 0, storage).observe(new Date(60_000).toUTCString(), 0, 0);
  expect(new ServerClock(() => 0, storage).now()).toBe(60_000);
});
