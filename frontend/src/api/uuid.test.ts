import { expect, test } from 'vitest';
import { uuidV7 } from './uuid';

test('a UUIDv7 carries the time, the version and the variant', () => {
  const id = uuidV7(0x0123_4567_89ab, (bytes) => bytes.fill(0xff));
  expect(id).toBe('01234567-89ab-7fff-bfff-ffffffffffff');
});

test('the example of RFC 9562, appendix A.6, comes out as printed there', () => {
  const random = [0, 0, 0, 0, 0, 0, 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f];
  expect(uuidV7(1645557742000, (bytes) => bytes.set(random))).toBe(
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
  );
});

test('ids of one millisecond differ, and ids of different ones sort by time', () => {
  const many = new Set(Array.from({ length: 1000 }, () => uuidV7(1_700_000_000_000)));
  expect(many.size).toBe(1000);
  expect(uuidV7(1_700_000_000_000) < uuidV7(1_700_000_000_001)).toBe(true);
});
