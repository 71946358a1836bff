import { useId, useRef, useState } from 'react';
import {
  countOf,
  kNoFilters,
  withWish,
  yearsInWords,
  type Filters,
  type FilterState,
} from '../state/filters';
import { useMarquee } from '../state/marquee';
import { useGenres } from '../state/queries';
import { DiversitySlider } from './DiversitySlider';
import { GenreWishes } from './GenreWishes';
import { Icon } from './Icon';
import { YearRange } from './YearRange';

/** What the list is made of: a button that opens the wishes, and every wish as a chip to drop it. */
export function FilterBar({ filters, setFilters }: FilterState) {
  const { client } = useMarquee();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const count = countOf(filters);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const clear = () => {
    setFilters(kNoFilters);
    button.current?.focus(); // the chip that had the focus is gone
  };
  const drop = (next: Filters) => {
    setFilters(next);
    button.current?.focus();
  };

  return (
    <div className="filter-bar" onKeyDown={(event) => event.key === 'Escape' && isOpen && close()}>
      <div className="filter-line">
        <button
          ref={button}
          type="button"
          className="button"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="filter" size={16} /> Filters
          {count > 0 && <span className="filter-count">{count}</span>}
        </button>
        <ActiveFilters filters={filters} onDrop={drop} />
        {count > 1 && (
          <button type="button" className="link-button" onClick={clear}>
            Clear all
          </button>
        )}
      </div>
      <div
        className="filter-panel panel"
        id={id}
        role="group"
        aria-label="Filters"
        hidden={!isOpen}
      >
        {isOpen && <Wishes filters={filters} setFilters={setFilters} client={client} />}
      </div>
    </div>
  );
}

function Wishes(props: {
  filters: Filters;
  setFilters: FilterState['setFilters'];
  client: Parameters<typeof useGenres>[0];
}) {
  const { filters, setFilters, client } = props;
  const { data, error } = useGenres(client);
  return (
    <>
      <GenreWishes
        genres={data?.genres.map(({ genre }) => genre) ?? []}
        problem={error?.message ?? null}
        filters={filters}
        onChange={setFilters}
      />
      <YearRange
        filters={filters}
        first={data?.year_from ?? null}
        last={data?.year_to ?? null}
        onChange={(yearFrom, yearTo) => setFilters({ ...filters, yearFrom, yearTo })}
      />
      <DiversitySlider
        value={filters.diversity}
        onChange={(diversity) => setFilters({ ...filters, diversity })}
      />
    </>
  );
}

function ActiveFilters(props: { filters: Filters; onDrop: (next: Filters) => void }) {
  const { filters, onDrop } = props;
  const years = yearsInWords(filters);
  const wishes = [
    ...filters.genres.map((genre) => ({ text: genre, next: withWish(filters, genre, 'any') })),
    ...filters.excluded.map((genre) => ({
      text: `without ${genre}`,
      next: withWish(filters, genre, 'any'),
    })),
    ...(years === '' ? [] : [{ text: years, next: { ...filters, yearFrom: null, yearTo: null } }]),
    ...(filters.diversity > 0
      ? [
          {
            text: `${Math.round(filters.diversity * 100)} % mixed`,
            next: { ...filters, diversity: 0 },
          },
        ]
      : []),
  ];
  if (wishes.length === 0) return null;
  return (
    <ul className="filter-chips" aria-label="Filters in use">
      {wishes.map(({ text, next }) => (
        <li key={text}>
          <button
            type="button"
            className="chip chip-on"
            aria-label={`Drop the filter: ${text}`}
            onClick={() => onDrop(next)}
          >
            <bdi>{text}</bdi> <Icon name="close" size={14} />
          </button>
        </li>
      ))}
    </ul>
  );
}
