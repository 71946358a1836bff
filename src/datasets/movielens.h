#pragma once

#include <memory>
#include <string>

#include "datasets/dataset.h"

namespace marquee::datasets {

// MovieLens as GroupLens publishes it since 2015 (ml-latest, ml-latest-small, 20M, 25M, 32M):
// movies.csv, ratings.csv and, if there, links.csv; tags are not read. Format: README.txt of
// ml-latest-small. A rating becomes an event of type rating at its time; films get the ids of IMDb
// and TMDB as metadata {"imdb_id":"tt0114709","tmdb_id":"862"}.

bool is_movielens(const std::string& directory);
std::unique_ptr<Dataset> open_movielens(const std::string& directory, const ReadOptions& options);

}  // namespace marquee::datasets
