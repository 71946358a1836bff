import { expect, test } from 'vitest';
import { age, ago, bytes, count, durationOf, milliseconds, percent } from './numbers';

test.each([
  [0.0004, '1 µs'],
  [0.35, '350 µs'],
  [0, '0.0 ms'],
  [3.14, '3.1 ms'],
  [42.4, '42 ms'],
  [1500, '1.5 s'],
  [120_000, '2 min'],
])('%d ms is %s', (value, words) => expect(milliseconds(value)).toBe(words));

test('what is not known is a dash, of whatever type', () => {
  for (const show of [count, percent, milliseconds, age, bytes]) {
    for (const value of [null, undefined, 'many', Number.NaN, {}]) expect(show(value)).toBe('–');
  }
});

test('shares keep a digit while they are small', () => {
  expect(percent(0)).toBe('0 %');
  expect(percent(0.0104)).toBe('1.0 %');
  expect(percent(0.85)).toBe('85 %');
  expect(count(9742)).toBe('9,742');
});

test('ages and times past', () => {
  expect([5, 90, 7200, 86_400, 200_000].map(age)).toEqual([
    'just now',
    '1 min',
    '2 h',
    '1 day',
    '2 days',
  ]);
  expect(ago(0, 120_000)).toBe('2 min ago');
  expect(ago(0, 1000)).toBe('just now');
  expect(ago(Number.NaN)).toBe('');
});

test('bytes', () => {
  expect([12, 3210, 1_059_159, 146_472].map(bytes)).toEqual(['12 B', '3.2 kB', '1.1 MB', '146 kB']);
});

test('a duration is known when both its ends are, and never negative', () => {
  const from = '2026-11-29T02:00:00Z';
  expect(durationOf(from, '2026-11-29T02:00:02.300Z')).toBe(2300);
  expect(durationOf(from, null)).toBeNull();
  expect(durationOf('2026-11-29T02:00:01Z', from)).toBe(0);
});
