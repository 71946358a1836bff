import { render } from '@testing-library/react';
import { expect, test } from 'vitest';
import { letteringOf } from './lettering';
import { allPalettes, contrast, paletteOf } from './palette';
import { Poster } from './Poster';
import { displayTitle, posterTitle } from './title';

test.each(allPalettes())('titles on %s posters have a contrast of 4.5 and more', (_, palette) => {
  expect(contrast(palette.ink, palette.paper)).toBeGreaterThanOrEqual(4.5);
});

test('contrast is WCAG’s: black on white 21, equal colours 1', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  expect(contrast('#123456', '#123456')).toBe(1);
});

test('unknown genres, formats and no genres have colours, too', () => {
  const plain = paletteOf([]);
  expect(paletteOf(['(no genres listed)'])).toEqual(plain);
  expect(paletteOf(['__proto__', 'constructor'])).toEqual(plain);
  expect(paletteOf(['IMAX', 'Sci-Fi'])).toEqual(paletteOf(['Sci-Fi']));
});

test('the same film has the same poster, another film another one', () => {
  const draw = (id: string) =>
    render(<Poster movie={{ movie_id: id, title: 'Heat', year: 1995, genres: ['Crime'] }} />)
      .container.innerHTML;
  expect(draw('6')).toBe(draw('6'));
  expect(draw('6')).not.toBe(draw('7'));
});

test('long titles get small letters, never too small or too large ones', () => {
  expect(letteringOf('Heat', 1995).size).toBeGreaterThan(16);
  expect(letteringOf('x'.repeat(500), 1995).size).toBe(8);
  expect(letteringOf('word '.repeat(100), null).size).toBe(8);
  expect(letteringOf('', 1930).size).toBeLessThanOrEqual(19);
});

test.each([
  ['Matrix, The (1999)', 1999, 'The Matrix', 'The Matrix'],
  [
    'Good, the Bad and the Ugly, The (Buono, il brutto, il cattivo, Il)',
    1966,
    'The Good, the Bad and the Ugly (Buono, il brutto, il cattivo, Il)',
    'The Good, the Bad and the Ugly',
  ],
  ['2001: A Space Odyssey', 1968, '2001: A Space Odyssey', '2001: A Space Odyssey'],
  ['1984 (1984)', 1984, '1984', '1984'],
  ['(500) Days of Summer', 2009, '(500) Days of Summer', '(500) Days of Summer'],
  ['(Untitled)', null, '(Untitled)', '(Untitled)'],
  [' ', null, ' ', ' '],
])('%s is written as people write it', (title, year, shown, onPoster) => {
  expect(displayTitle(title, year)).toBe(shown);
  expect(posterTitle(title, year)).toBe(onPoster);
});
