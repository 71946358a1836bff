#include "adapters/postgres/catalog_store.h"

#include <map>
#include <string_view>

#include <fmt/format.h>

#include "adapters/postgres/copy_rows.h"

namespace marquee::postgres {
namespace {

/// What upsert() stores of one id: a film named twice stands as the last says, added with the
/// first.
struct Upsert {
  const Movie* movie = nullptr;
  std::int64_t added_at_ms = 0;
};

std::map<std::string_view, Upsert> by_id(std::span<const Movie> movies) {
  std::map<std::string_view, Upsert> films;
  for (const Movie& movie : movies) {
    films.try_emplace(movie.id.value(), Upsert{nullptr, movie.added_at_ms}).first->second.movie =
        &movie;
  }
  return films;
}

void append_film(CopyRows& rows, const Upsert& film) {
  const Movie& movie = *film.movie;
  rows.begin(8).add(movie.id.value()).add(movie.title);
  if (movie.year) {
    rows.add_int4(*movie.year);
  } else {
    rows.add_null();
  }
  ArrayColumn genres(TypeOid::kText);
  for (const std::string& genre : movie.genres) genres.add(std::string_view(genre));
  rows.add_array(genres).add_jsonb(movie.metadata).add(movie.metadata);
  rows.add_bool(movie.hidden).add_int8(film.added_at_ms);
}

Result<void> copy_films(PostgresTransaction& transaction,
                        const std::map<std::string_view, Upsert>& films) {
  auto next = films.begin();
  return transaction.copy_in(
      "COPY imported(movie_id, title, year, genres, metadata, metadata_text, hidden, added_at) "
      "FROM STDIN (FORMAT binary)",
      [&]() -> Result<std::string> {
        CopyRows rows;
        for (; next != films.end() && rows.bytes() < kCopyPieceBytes; ++next) {
          append_film(rows, next->second);
        }
        return rows.take();
      });
}

Movie read_movie(const Rows& rows, int row) {
  Movie movie;
  movie.id = MovieId(rows.string(row, 0));
  movie.title = rows.string(row, 1);
  if (!rows.is_null(row, 2)) movie.year = rows.i32(row, 2);
  movie.genres = rows.texts(row, 3);
  movie.hidden = rows.flag(row, 4);
  movie.metadata = rows.string(row, 5);
  movie.added_at_ms = rows.i64(row, 6);
  return movie;
}

}  // namespace

Result<std::vector<Movie>> PostgresCatalogStore::load() const {
  constexpr int kChunkRows = 5'000;
  return database_.read_snapshot([](PostgresTransaction& snapshot) -> Result<std::vector<Movie>> {
    std::vector<Movie> movies;
    MARQUEE_CHECK(
        snapshot.for_each({"SELECT movie_id, title, year, genres, hidden, "
                           "CASE WHEN metadata_text::jsonb = metadata THEN metadata_text::text "
                           "ELSE metadata::text END, added_at FROM movies ORDER BY movie_id"},
                          kChunkRows, [&](const Rows& rows, int row) -> Result<void> {
                            movies.push_back(read_movie(rows, row));
                            return {};
                          }));
    return movies;
  });
}

Result<void> PostgresCatalogStore::upsert(std::span<const Movie> movies) {
  const auto films = by_id(movies);
  return database_.write_bulk([&](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_CHECK(transaction.execute("CREATE TEMP TABLE imported(LIKE movies) ON COMMIT DROP"));
    MARQUEE_CHECK(copy_films(transaction, films));
    return transaction.execute(
        "INSERT INTO movies(movie_id, title, year, genres, metadata, metadata_text, hidden, "
        "added_at) SELECT movie_id, title, year, genres, metadata, metadata_text, hidden, added_at "
        "FROM imported ORDER BY movie_id ON CONFLICT(movie_id) DO UPDATE SET "
        "title = excluded.title, year = excluded.year, genres = excluded.genres, "
        "metadata = excluded.metadata, metadata_text = excluded.metadata_text, "
        "hidden = excluded.hidden");
  });
}

Result<void> PostgresCatalogStore::hide(const MovieId& id) {
  return database_.write([&](PostgresTransaction& transaction) -> Result<void> {
    MARQUEE_TRY(const Rows hidden,
                transaction.run("UPDATE movies SET hidden = true WHERE movie_id = $1",
                                Parameters().add(id.value())));
    if (hidden.changed() > 0) return {};
    return Error{ErrorCode::kNotFound,
                 fmt::format("there is no film '{}' in the catalogue", id.value())};
  });
}

Result<std::uint64_t> PostgresCatalogStore::revision() const {
  MARQUEE_TRY(const Rows rows, database_.query({"SELECT revision FROM catalog_revision"},
                                               database_.options().write_timeout));
  return rows.empty() ? 0 : rows.u64(0, 0);
}

Result<std::string> PostgresCatalogStore::dataset() const {
  MARQUEE_TRY(const Rows rows, database_.query({"SELECT value FROM meta WHERE key = 'dataset'"},
                                               database_.options().write_timeout));
  return rows.empty() ? std::string() : rows.string(0, 0);
}

Result<void> PostgresCatalogStore::set_dataset(const std::string& name) {
  return database_.write([&](PostgresTransaction& transaction) {
    return transaction.execute(
        "INSERT INTO meta VALUES('dataset', $1) "
        "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        Parameters().add(name));
  });
}

}  // namespace marquee::postgres
