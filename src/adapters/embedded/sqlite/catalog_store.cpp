#include "adapters/embedded/sqlite/catalog_store.h"

#include <fmt/format.h>

#include "formats/list_json.h"

namespace marquee::embedded {
namespace {

using Sync = SqliteDatabase::Sync;

Result<Movie> read_movie(const SqliteQuery& query) {
  Movie movie;
  movie.id = MovieId(query.string(0));
  movie.title = query.string(1);
  if (!query.is_null(2)) movie.year = static_cast<int>(query.i64(2));
  auto genres = formats::decode_strings(query.text(3));
  if (!genres.ok()) return genres.error().with_context("film '" + movie.id.value() + "'");
  movie.genres = std::move(genres).value();
  movie.hidden = query.i64(4) != 0;
  movie.metadata = query.string(5);
  movie.added_at_ms = query.i64(6);
  return movie;
}

}  // namespace

Result<std::vector<Movie>> SqliteCatalogStore::load() const {
  return database_.read([](SqliteConnection& reader) -> Result<std::vector<Movie>> {
    MARQUEE_TRY(auto query,
                reader.prepare("SELECT movie_id, title, year, genres, hidden, metadata, "
                               "added_at FROM movies ORDER BY movie_id"));
    std::vector<Movie> movies;
    for (;;) {
      MARQUEE_TRY(const bool row, query.step());
      if (!row) return movies;
      MARQUEE_TRY(auto movie, read_movie(query));
      movies.push_back(std::move(movie));
    }
  });
}

Result<void> SqliteCatalogStore::upsert(std::span<const Movie> movies) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(auto upsert,
                writer.prepare("INSERT INTO movies VALUES(?, ?, ?, ?, ?, ?, ?) "
                               "ON CONFLICT(movie_id) DO UPDATE SET title = excluded.title, "
                               "year = excluded.year, genres = excluded.genres, "
                               "hidden = excluded.hidden, metadata = excluded.metadata"));
    for (const Movie& movie : movies) {
      upsert.bind(std::string_view(movie.id.value())).bind(std::string_view(movie.title));
      if (movie.year) {
        upsert.bind(std::int64_t{*movie.year});
      } else {
        upsert.bind_null();
      }
      MARQUEE_CHECK(upsert.bind(std::string_view(formats::encode_strings(movie.genres)))
                        .bind(std::int64_t{movie.hidden})
                        .bind(std::string_view(movie.metadata))
                        .bind(movie.added_at_ms)
                        .run());
    }
    return {};
  });
}

Result<void> SqliteCatalogStore::hide(const MovieId& id) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(auto update, writer.prepare("UPDATE movies SET hidden = 1 WHERE movie_id = ?"));
    MARQUEE_CHECK(update.bind(std::string_view(id.value())).run());
    if (writer.changes() > 0) return {};
    return Error{ErrorCode::kNotFound,
                 fmt::format("there is no film '{}' in the catalogue", id.value())};
  });
}

Result<std::string> SqliteCatalogStore::dataset() const {
  return database_.read([](SqliteConnection& reader) -> Result<std::string> {
    MARQUEE_TRY(auto query, reader.prepare("SELECT value FROM meta WHERE key = 'dataset'"));
    MARQUEE_TRY(const bool row, query.step());
    return row ? query.string(0) : std::string();
  });
}

Result<void> SqliteCatalogStore::set_dataset(const std::string& name) {
  return database_.write(Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
    MARQUEE_TRY(auto upsert, writer.prepare("INSERT INTO meta VALUES('dataset', ?) "
                                            "ON CONFLICT(key) DO UPDATE SET "
                                            "value = excluded.value"));
    return upsert.bind(std::string_view(name)).run();
  });
}

}  // namespace marquee::embedded
