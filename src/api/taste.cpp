#include "api/taste.h"

#include <fmt/format.h>

#include "base/json_writer.h"

namespace marquee::api {

void Taste::add(const AppliedEvent& applied, const Movie* movie) {
  const Event& event = applied.event;
  if (applied.undone || event.type == EventType::kUndo || event.type == EventType::kImpression) {
    return;
  }
  ++interactions_;
  if (movie != nullptr && films_.insert(event.movie_id).second) {
    for (const std::string& genre : movie->genres) ++genres_[genre].films;
    if (movie->year) ++decades_[*movie->year / 10 * 10];
  }
  const bool is_rating = event.type == EventType::kRating && event.value;
  if (is_rating && rated_.insert(event.movie_id).second) add_rating(*event.value, movie);
}

void Taste::add_rating(double stars, const Movie* movie) {
  ++ratings_[stars];
  if (movie == nullptr) return;
  for (const std::string& name : movie->genres) {
    ++genres_[name].ratings;
    genres_[name].stars += stars;
  }
}

std::string Taste::to_json(const UserId& user) const {
  JsonWriter json;
  json.begin_object().member("user_id", user.value()).member("interactions", interactions_);
  json.key("genres").begin_array();
  for (const auto& [name, genre] : genres_) {
    json.begin_object().member("genre", name);
    json.member("share", static_cast<double>(genre.films) / static_cast<double>(films_.size()));
    json.key("average");
    genre.ratings == 0 ? json.null() : json.value(genre.stars / static_cast<double>(genre.ratings));
    json.end_object();
  }
  json.end_array().key("decades").begin_array();
  for (const auto& [decade, films] : decades_) {
    json.begin_object().member("decade", decade).member("films", films).end_object();
  }
  json.end_array().key("ratings").begin_object();
  for (const auto& [stars, count] : ratings_) json.member(fmt::format("{}", stars), count);
  return json.end_object().end_object().take();
}

}  // namespace marquee::api
