#include "ranking/film_filter.h"

#include <algorithm>

namespace marquee::ranking {
namespace {

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

std::vector<bool> marks(const FilmIndex& index, const std::vector<std::string>& names) {
  std::vector<bool> marked(index.genres(), false);
  for (const std::string& name : names) {
    if (const auto number = index.genre(name)) marked[*number] = true;
  }
  return marked;
}

}  // namespace

FilmIndex::FilmIndex(std::span<const std::shared_ptr<const Movie>> movies) {
  years_.reserve(movies.size());
  starts_.reserve(movies.size() + 1);
  for (const auto& movie : movies) {
    years_.push_back(movie && movie->year ? *movie->year : kNoYear);
    if (movie) {
      for (const std::string& name : movie->genres) {
        const auto number = static_cast<std::uint32_t>(genre_numbers_.size());
        genres_.push_back(genre_numbers_.try_emplace(lower(name), number).first->second);
      }
    }
    starts_.push_back(static_cast<std::uint32_t>(genres_.size()));
  }
}

std::optional<std::uint32_t> FilmIndex::genre(std::string_view name) const {
  const auto found = genre_numbers_.find(lower(name));
  if (found == genre_numbers_.end()) return std::nullopt;
  return found->second;
}

std::span<const std::uint32_t> FilmIndex::genres_of(MovieKey movie) const {
  if (movie + std::size_t{1} >= starts_.size()) return {};
  return std::span(genres_).subspan(starts_[movie], starts_[movie + 1] - starts_[movie]);
}

FilmFilter::FilmFilter(const FilmIndex& index, const FilmWishes& wishes)
    : index_(index),
      any_genre_(wishes.genres.empty()),
      wanted_(marks(index, wishes.genres)),
      unwanted_(marks(index, wishes.exclude_genres)),
      year_from_(wishes.year_from),
      year_to_(wishes.year_to) {}

bool FilmFilter::passes(MovieKey movie) const {
  const auto genres = index_.genres_of(movie);
  const auto is_marked = [](const std::vector<bool>& marked) {
    return [&marked](std::uint32_t genre) { return marked[genre]; };
  };
  if (!any_genre_ && std::none_of(genres.begin(), genres.end(), is_marked(wanted_))) return false;
  if (std::any_of(genres.begin(), genres.end(), is_marked(unwanted_))) return false;
  if (!year_from_ && !year_to_) return true;
  const std::int32_t year = index_.year_of(movie);
  if (year == FilmIndex::kNoYear) return false;
  return (!year_from_ || year >= *year_from_) && (!year_to_ || year <= *year_to_);
}

}  // namespace marquee::ranking
