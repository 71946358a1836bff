import { useState } from 'react';
import { wishFor, withWish, type Filters, type GenreWish } from '../state/filters';
import { Icon } from './Icon';

const kNext: Record<GenreWish, GenreWish> = { any: 'only', only: 'without', without: 'any' };
const kFirstShown = 24;

/** Genres that are pressed once to want them, twice to leave them out, three times for neither. */
export function GenreWishes(props: {
  genres: readonly string[];
  problem: string | null;
  filters: Filters;
  onChange: (filters: Filters) => void;
}) {
  const { genres, problem, filters, onChange } = props;
  const [all, setAll] = useState(false);
  const wished = [...filters.genres, ...filters.excluded];
  const known = [...new Set([...genres, ...wished])];
  const shown = all ? known : known.filter((genre, i) => i < kFirstShown || wished.includes(genre));
  return (
    <fieldset className="filter-genres">
      <legend>Genres</legend>
      <p className="muted filter-help">Press once for only these, twice to leave one out.</p>
      {problem !== null && <p className="field-problem">{problem}</p>}
      <div className="filter-chips">
        {shown.map((genre) => (
          <GenreButton
            key={genre}
            genre={genre}
            wish={wishFor(filters, genre)}
            onPress={(wish) => onChange(withWish(filters, genre, wish))}
          />
        ))}
        {shown.length < known.length && (
          <button type="button" className="link-button" onClick={() => setAll(true)}>
            Show all {known.length}
          </button>
        )}
      </div>
    </fieldset>
  );
}

function GenreButton(props: {
  genre: string;
  wish: GenreWish;
  onPress: (next: GenreWish) => void;
}) {
  const { genre, wish, onPress } = props;
  const state = { any: '', only: ', wanted', without: ', left out' }[wish];
  return (
    <button
      type="button"
      className={`chip genre genre-${wish}`}
      aria-pressed={wish === 'any' ? false : wish === 'only' ? true : 'mixed'}
      aria-label={`${genre}${state}`}
      onClick={() => onPress(kNext[wish])}
    >
      {wish === 'only' && <Icon name="check" size={14} />}
      {wish === 'without' && <Icon name="minus" size={14} />}
      <bdi>{genre}</bdi>
    </button>
  );
}
