import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import type { Movie, MoviePage } from '../api/types';
import { useMarquee } from '../state/marquee';
import { useMovieSearch } from '../state/queries';
import { hasAllWords, piecesOf } from '../state/title_match';
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
                  <MarkedTitle title={displayTitle(movie.title, movie.year)} typed={wanted} />
                </span>
                <span className="muted">
                  {[movie.year, movie.genres.slice(0, 3).join(', ')].filter(Boolean).join(' · ')}
                </span>
              </span>
            </li>
          ))}
        </ul>
        <p className="search-note muted" role="status">
          {error ? error.message : noteOf(wanted, data, isFetching)}
        </p>
      </div>
    </div>
  );
}

function MarkedTitle({ title, typed }: { title: string; typed: string }) {
  return piecesOf(title, typed).map(({ text, isMatch }, i) =>
    isMatch ? <mark key={i}>{text}</mark> : text,
  );
}

/** What the list alone does not say. */
function noteOf(typed: string, page: MoviePage | undefined, isFetching: boolean): string {
  if (page === undefined) return 'Searching …';
  const { movies, total } = page;
  if (movies.length === 0) {
    return isFetching
      ? 'Searching …'
      : `No film is called anything like “${typed.slice(0, 60)}”. Try one word of its title.`;
  }
  if (!isFetching && !movies.some(({ title }) => hasAllWords(title, typed))) {
    return `No title has “${typed.slice(0, 60)}”; these come close.`;
  }
  return total > movies.length
    ? `${total.toLocaleString('en')} films match; type on to narrow down`
    : '';
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
