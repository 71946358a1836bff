import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import type { Movie } from '../api/types';
import { useMarquee } from '../state/marquee';
import { useMovieSearch } from '../state/queries';
import { Poster } from '../poster/Poster';
import { displayTitle } from '../poster/title';
import { Icon } from './Icon';
import { useDebounced } from './useDebounced';

const kDebounceMs = 180;

/** Finds films by title (ARIA combobox with a list box). Choosing one counts as a search click. */
export function Search() {
  const { client, open } = useMarquee();
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const wanted = useDebounced(text.trim(), kDebounceMs);
  const { data, error, isFetching } = useMovieSearch(client, wanted);
  const movies = wanted === '' ? [] : (data?.movies ?? []);
  const shown = isOpen && wanted !== '' && text.trim() !== '';
  useSlashKey(input);

  const choose = (movie: Movie) => {
    setText('');
    setOpen(false);
    setActive(-1);
    open(movie, {}, 'search_click');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      const count = movies.length;
      if (count > 0)
        setActive((before) => (before + step + count + (before < 0 && step < 0 ? 1 : 0)) % count);
    } else if (event.key === 'Enter') {
      const movie = movies[Math.max(active, 0)];
      if (shown && movie) choose(movie);
    } else if (event.key === 'Escape') {
      if (shown) setOpen(false);
      else setText('');
    }
  };

  return (
    <div className="search" role="search">
      <Icon name="search" />
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Search films"
        aria-expanded={shown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={shown && active >= 0 ? `${listId}-${active}` : undefined}
        placeholder="Search films"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
          setActive(-1);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
      <div className="search-results" hidden={!shown}>
        <ul id={listId} role="listbox" aria-label="Films found">
          {movies.map((movie, index) => (
            <li
              key={movie.movie_id}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === active}
              onPointerDown={(event) => event.preventDefault()} // keeps the focus in the field
              onClick={() => choose(movie)}
            >
              <span className="search-poster">
                <Poster movie={movie} />
              </span>
              <span className="search-text">
                <span className="search-title" dir="auto">
                  {displayTitle(movie.title, movie.year)}
                </span>
                <span className="muted">
                  {[movie.year, movie.genres.slice(0, 3).join(', ')].filter(Boolean).join(' · ')}
                </span>
              </span>
            </li>
          ))}
        </ul>
        <p className="search-note muted" role="status">
          {error
            ? error.message
            : movies.length > 0
              ? data!.total > movies.length &&
                `${data!.total.toLocaleString('en')} films match; type on to narrow down`
              : isFetching
                ? 'Searching …'
                : 'No film has a title like that.'}
        </p>
      </div>
    </div>
  );
}

/** "/" goes to the search field from anywhere but another field. */
function useSlashKey(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      const typing = target?.matches?.('input:not([type=radio]), textarea, [contenteditable]');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [input]);
}
