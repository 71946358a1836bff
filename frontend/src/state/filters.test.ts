import { expect, test } from 'vitest';
import {
  countOf,
  inOrder,
  kNoFilters,
  readFilters,
  toParameters,
  wishFor,
  withWish,
  year,
  yearsInWords,
} from './filters';

test('an address says what the API is asked, and back', () => {
  const search =
    '?user_id=42&genre=Drama,Sci-Fi&exclude_genre=Horror&year_from=1990&year_to=1999&diversity=0.35';
  const filters = readFilters(search);
  expect(filters).toEqual({
    genres: ['Drama', 'Sci-Fi'],
    excluded: ['Horror'],
    yearFrom: 1990,
    yearTo: 1999,
    diversity: 0.35,
  });
  const parameters = toParameters(filters);
  expect(readFilters(`?${new URLSearchParams(parameters)}`)).toEqual(filters);
  expect(countOf(filters)).toBe(5);
});

test('no filter asks for nothing', () => {
  expect(readFilters('')).toEqual(kNoFilters);
  expect(toParameters(kNoFilters)).toEqual({});
  expect(countOf(kNoFilters)).toBe(0);
});

test.each([
  ['?year_from=abc&year_to=99999&diversity=7', kNoFilters],
  ['?genre=,,&exclude_genre=%20', kNoFilters],
  ['?diversity=NaN', kNoFilters],
  ['?diversity=-1', kNoFilters],
  ['?year_from=2000&year_to=1990', { ...kNoFilters, yearFrom: 1990, yearTo: 2000 }],
  ['?genre=A,A,B&exclude_genre=B', { ...kNoFilters, genres: ['A'], excluded: ['B'] }],
])('what makes no sense in %s is left out', (search, filters) => {
  expect(readFilters(search)).toEqual(filters);
});

test('a genre is wanted, left out or neither, never two of them', () => {
  const wanted = withWish(kNoFilters, 'Drama', 'only');
  expect(wishFor(wanted, 'Drama')).toBe('only');
  const without = withWish(wanted, 'Drama', 'without');
  expect(without).toEqual({ ...kNoFilters, excluded: ['Drama'] });
  expect(withWish(without, 'Drama', 'any')).toEqual(kNoFilters);
});

test('years are those that the API takes', () => {
  expect(year('1999')).toBe(1999);
  expect(year(' 1999 ')).toBe(1999);
  for (const text of ['', ' ', '1799', '2201', '19.5', 'x', null]) expect(year(text)).toBeNull();
  expect(inOrder(2000, 1990)).toEqual([1990, 2000]);
  expect(inOrder(null, 1990)).toEqual([null, 1990]);
});

test('years in words', () => {
  expect(yearsInWords({ yearFrom: 1990, yearTo: 1999 })).toBe('1990–1999');
  expect(yearsInWords({ yearFrom: 1990, yearTo: 1990 })).toBe('1990');
  expect(yearsInWords({ yearFrom: 1990, yearTo: null })).toBe('since 1990');
  expect(yearsInWords({ yearFrom: null, yearTo: 1999 })).toBe('until 1999');
});
