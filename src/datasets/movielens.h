#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "datasets/dataset.h"

namespace marquee::datasets {

// MovieLens in every form in which GroupLens has published it (the README of each). A rating
// becomes an event of type rating at its time. Tags, viewers' data and the tag genome are not read.

/// ml-latest, ml-latest-small, 20M, 25M, 32M: movies.csv, ratings.csv and, if there, links.csv,
/// whose ids of IMDb and TMDB become metadata {"imdb_id":"tt0114709","tmdb_id":"862"}. The copy of
/// 20M that goes round with movie.csv, rating.csv, link.csv and times in words is read too.
bool is_movielens(const std::string& directory);
Result<std::unique_ptr<Dataset>> open_movielens(const std::string& directory,
                                                const ReadOptions& options);

/// 1M and 10M: movies.dat and ratings.dat, fields between "::", no header. Titles of 1M are
/// Latin-1, those of 10M UTF-8. A title may hold "::": it is what stands between id and genres.
bool is_movielens_dat(const std::string& directory);
Result<std::unique_ptr<Dataset>> open_movielens_dat(const std::string& directory,
                                                    const ReadOptions& options);

/// 100K: u.data (fields between tabs), u.item (between "|", Latin-1, one flag a genre) and, if
/// there, u.genre, which names the flags.
bool is_movielens_100k(const std::string& directory);
Result<std::unique_ptr<Dataset>> open_movielens_100k(const std::string& directory,
                                                     const ReadOptions& options);

}  // namespace marquee::datasets
