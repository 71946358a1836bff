import { useCallback, useEffect, useMemo, useState } from 'react';

/** What the viewer wants the list to be made of; empty: everything. */
export interface Filters {
  genres: readonly string[];
  excluded: readonly string[];
  yearFrom: number | null;
  yearTo: number | null;
  /** 0 as usual, 1 as mixed as it gets. */
  diversity: number;
}

export type GenreWish = 'any' | 'only' | 'without';

export const kNoFilters: Filters = {
  genres: [],
  excluded: [],
  yearFrom: null,
  yearTo: null,
  diversity: 0,
};

// The years that the API takes.
const kYearMin = 1800;
const kYearMax = 2200;
const kNames = ['genre', 'exclude_genre', 'year_from', 'year_to', 'diversity'] as const;

/** The API's parameters, which are the address's as well. */
export type FilterParameters = Partial<Record<(typeof kNames)[number], string>>;

export function toParameters(filters: Filters): FilterParameters {
  const parameters: FilterParameters = {};
  if (filters.genres.length > 0) parameters.genre = filters.genres.join(',');
  if (filters.excluded.length > 0) parameters.exclude_genre = filters.excluded.join(',');
  if (filters.yearFrom !== null) parameters.year_from = String(filters.yearFrom);
  if (filters.yearTo !== null) parameters.year_to = String(filters.yearTo);
  if (filters.diversity > 0) parameters.diversity = String(filters.diversity);
  return parameters;
}

/** Reads an address that anybody may have written: what makes no sense is left out. */
export function readFilters(search: string): Filters {
  const query = new URLSearchParams(search);
  const excluded = list(query.get('exclude_genre'));
  const years = [year(query.get('year_from')), year(query.get('year_to'))];
  const [yearFrom, yearTo] = inOrder(years[0] ?? null, years[1] ?? null);
  const diversity = Number(query.get('diversity') ?? 0);
  return {
    genres: list(query.get('genre')).filter((genre) => !excluded.includes(genre)),
    excluded,
    yearFrom,
    yearTo,
    diversity: diversity > 0 && diversity <= 1 ? Math.round(diversity * 20) / 20 : 0,
  };
}

function list(text: string | null): string[] {
  const names = (text ?? '').split(',').map((name) => name.trim().slice(0, 100));
  return [...new Set(names.filter((name) => name !== ''))].slice(0, 50);
}

/** A year the API takes, null for anything else. */
export function year(text: string | null): number | null {
  const number = Number(text?.trim() || Number.NaN);
  return Number.isInteger(number) && number >= kYearMin && number <= kYearMax ? number : null;
}

/** Two ends of a range, whichever way round they were given. */
export function inOrder(one: number | null, other: number | null): [number | null, number | null] {
  return one !== null && other !== null && one > other ? [other, one] : [one, other];
}

export function wishFor(filters: Filters, genre: string): GenreWish {
  if (filters.genres.includes(genre)) return 'only';
  return filters.excluded.includes(genre) ? 'without' : 'any';
}

export function withWish(filters: Filters, genre: string, wish: GenreWish): Filters {
  const others = (names: readonly string[]) => names.filter((name) => name !== genre);
  return {
    ...filters,
    genres: wish === 'only' ? [...others(filters.genres), genre] : others(filters.genres),
    excluded: wish === 'without' ? [...others(filters.excluded), genre] : others(filters.excluded),
  };
}

/** "1990–1999", "since 1990", "until 1999"; empty without a wish. */
export function yearsInWords({ yearFrom, yearTo }: Pick<Filters, 'yearFrom' | 'yearTo'>): string {
  if (yearFrom !== null && yearTo !== null) {
    return yearFrom === yearTo ? String(yearFrom) : `${yearFrom}–${yearTo}`;
  }
  if (yearFrom !== null) return `since ${yearFrom}`;
  return yearTo === null ? '' : `until ${yearTo}`;
}

export function countOf(filters: Filters): number {
  return (
    filters.genres.length +
    filters.excluded.length +
    (yearsInWords(filters) === '' ? 0 : 1) +
    (filters.diversity > 0 ? 1 : 0)
  );
}

function write(filters: Filters): void {
  const url = new URL(window.location.href);
  for (const name of kNames) url.searchParams.delete(name);
  for (const [name, value] of Object.entries(toParameters(filters))) {
    url.searchParams.set(name, value);
  }
  if (url.href !== window.location.href) window.history.replaceState(null, '', url);
}

export interface FilterState {
  filters: Filters;
  parameters: FilterParameters;
  setFilters: (filters: Filters) => void;
}

/** The filters of the address; a change goes back into it, to be shared and to survive a reload. */
export function useFilters(): FilterState {
  const [filters, keep] = useState(() => readFilters(window.location.search));
  useEffect(() => {
    const read = () => keep(readFilters(window.location.search));
    window.addEventListener('popstate', read);
    return () => window.removeEventListener('popstate', read);
  }, []);
  const setFilters = useCallback((next: Filters) => {
    keep(next);
    write(next);
  }, []);
  const parameters = useMemo(() => toParameters(filters), [filters]);
  return { filters, parameters, setFilters };
}
