#include "api/film_json.h"

#include <utility>

#include "api/movie_json.h"

namespace marquee::api {
namespace {

/// The members that `write` puts into an object, as the object without its closing brace.
std::string open_object(void (*write)(JsonWriter&, const Movie&), const Movie& movie) {
  JsonWriter json;
  json.begin_object();
  write(json, movie);
  std::string object = json.end_object().take();
  object.pop_back();
  return object;
}

}  // namespace

FilmJson::Parts FilmJson::parts_of(const Movie& movie) {
  Parts parts{open_object(write_title, movie) + R"(,"score":)", open_object(write_kind, movie)};
  parts.tail.front() = ',';
  return parts;
}

FilmJson::FilmJson(std::shared_ptr<const serving::Catalog> catalog)
    : catalog_(std::move(catalog)), films_(catalog_->movies.size()) {}

const FilmJson::Parts* FilmJson::of(MovieKey movie) const {
  const Movie* found = catalog_->find(movie);
  if (found == nullptr) return nullptr;
  Film& film = films_[movie];
  if (film.is_written.load(std::memory_order_acquire)) return &film.parts;
  const std::lock_guard lock(writing_);
  if (!film.is_written.load(std::memory_order_relaxed)) {
    film.parts = parts_of(*found);
    film.is_written.store(true, std::memory_order_release);
  }
  return &film.parts;
}

std::shared_ptr<const FilmJson> CurrentFilmJson::of(
    const std::shared_ptr<const serving::Catalog>& catalog) {
  const std::lock_guard lock(mutex_);
  if (!current_ || current_->catalog() != catalog) {
    current_ = std::make_shared<const FilmJson>(catalog);
  }
  return current_;
}

}  // namespace marquee::api
