#!/usr/bin/env python3
"""Writes an invented data set of any size in the layout of MovieLens 20M, to measure an import.

    bench/load/make_ratings.py DIR [--ratings 20000000] [--users 138493] [--movies 27278]
                                   [--malformed 0] [--seed 7]

DIR gets movies.csv and ratings.csv, sorted by viewer as MovieLens has them. Viewers rate unevenly
(log-normal, at least 20), films are met by Zipf's law, and a viewer's ratings lie in a few evenings
between 1995 and 2015. `--malformed N` puts N broken lines evenly among the ratings. The same
arguments give the same bytes. 20 million ratings take about a minute and 500 MB.
"""

import argparse
import itertools
import random
from pathlib import Path

GENRES = ("Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
          "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western")
STARS = ("0.5", "1.0", "1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5", "5.0")
STAR_WEIGHTS = (1, 3, 1, 7, 4, 21, 11, 28, 8, 15)
FIRST_SECOND = 789_652_009  # 9 January 1995
LAST_SECOND = 1_427_784_002  # 31 March 2015
RATINGS_MIN = 20
EVENING_RATINGS = 25


def deal(ratings, users, movies, rng):
    """How many ratings each viewer gives; they add up to about `ratings`."""
    least = min(RATINGS_MIN, max(1, ratings // users))
    eagerness = [rng.lognormvariate(0, 1.1) for _ in range(users)]
    scale = max(0, ratings - least * users) / sum(eagerness)
    return [min(movies // 2 or 1, least + int(scale * share)) for share in eagerness]


def write_movies(path, movies, rng):
    with path.open("w", encoding="utf-8") as file:
        file.write("movieId,title,genres\n")
        for movie in range(1, movies + 1):
            genres = "|".join(sorted(rng.sample(GENRES, rng.randint(1, 3))))
            file.write(f'{movie},"Invented Film, No. {movie} ({rng.randint(1920, 2015)})",{genres}\n')


def evenings(count, rng):
    """`count` times in seconds, some dozens an evening."""
    times = []
    while len(times) < count:
        second = rng.randint(FIRST_SECOND, LAST_SECOND)
        for _ in range(min(EVENING_RATINGS, count - len(times))):
            times.append(second)
            second += rng.randint(3, 90)
    return times


def write_ratings(path, dealt, movies, malformed, rng):
    films = range(1, movies + 1)
    cumulative = list(itertools.accumulate(1 / (rank + 30) for rank in range(movies)))
    total = sum(dealt)
    every = total // malformed + 1 if malformed else total + 1
    written = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("userId,movieId,rating,timestamp\n")
        for user, count in enumerate(dealt, 1):
            met = set(rng.choices(films, cum_weights=cumulative, k=count))
            while len(met) < count:
                met.add(rng.randint(1, movies))
            stars = rng.choices(STARS, STAR_WEIGHTS, k=count)
            lines = [f"{user},{film},{star},{second}\n"
                     for film, star, second in zip(sorted(met), stars, evenings(count, rng))]
            if (written + count) // every > written // every:
                lines.append(f"{user},no film at all\n")
            written += count
            file.writelines(lines)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--ratings", type=int, default=20_000_000)
    parser.add_argument("--users", type=int, default=138_493)
    parser.add_argument("--movies", type=int, default=27_278)
    parser.add_argument("--malformed", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    options.directory.mkdir(parents=True, exist_ok=True)
    write_movies(options.directory / "movies.csv", options.movies, rng)
    dealt = deal(options.ratings, options.users, options.movies, rng)
    total = write_ratings(options.directory / "ratings.csv", dealt, options.movies,
                          options.malformed, rng)
    print(f"{options.directory}: {options.movies} films, {total} ratings of {options.users} viewers")


if __name__ == "__main__":
    main()
