import { memo, useMemo, type CSSProperties } from 'react';
import type { Movie } from '../api/types';
import { letteringOf } from './lettering';
import { leadGenre, paletteOf } from './palette';
import { patternOf } from './patterns';
import { hash32, seeded } from './random';
import { posterTitle } from './title';

/**
 * A typographic poster made from nothing but the film's id, title, year and genres. Decoration:
 * whoever shows it also says the title in text.
 */
export const Poster = memo(function Poster({ movie }: { movie: Movie }) {
  const { movie_id: id, title, year } = movie;
  const genres = movie.genres.join('|');
  const drawn = useMemo(() => {
    const random = seeded(hash32(id));
    const list = genres === '' ? [] : genres.split('|');
    const palette = paletteOf(list, random());
    const layout = random() < 0.36 ? 'title-first' : 'picture-first';
    const picture = patternOf(leadGenre(list), random)(palette, random);
    return { palette, layout, picture, genre: list[0] ?? '' };
  }, [id, genres]);

  const text = posterTitle(title, year);
  const lettering = useMemo(() => letteringOf(text, year), [text, year]);
  const { palette } = drawn;
  const style = {
    '--paper': palette.paper,
    '--ink': palette.ink,
    '--title-size': `${lettering.size}cqw`,
  } as CSSProperties;

  return (
    <div className={`poster ${drawn.layout}`} style={style} aria-hidden="true">
      <svg className="poster-picture" viewBox="0 0 200 200" preserveAspectRatio="xMidYMid slice">
        <rect width="200" height="200" fill={palette.shade} />
        {drawn.picture}
      </svg>
      <div className="poster-text">
        <span
          className="poster-title"
          dir="auto"
          style={{
            fontStretch: `${lettering.stretch}%`,
            fontWeight: lettering.weight,
            letterSpacing: `${lettering.spacingEm}em`,
            textTransform: lettering.upper ? 'uppercase' : 'none',
          }}
        >
          {text}
        </span>
        <span className="poster-foot">
          <span>{drawn.genre}</span>
          <span>{year ?? ''}</span>
        </span>
      </div>
    </div>
  );
});
