#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "domain/recommendation.h"
#include "linalg/aligned.h"
#include "linalg/quantized_matrix.h"
#include "retrieval/key_set.h"

namespace marquee::retrieval {

/// A film that the model in service does not know, with the direction that its first viewers give
/// it (models::fold_in_item()) or, before there are enough, its description
/// (models/content_prior.h).
struct NewFilm {
  MovieKey movie = 0;
  std::int64_t added_at_ms = 0;
  std::vector<float> direction;  ///< its length says nothing; empty while nothing tells
  bool has_viewers = false;      ///< the direction is theirs, which is good until a model knows it
};

struct NewFilmOptions {
  float cosine_min = 0.1F;  ///< below, the film is no match for the viewer
  std::int64_t age_max_ms = 30LL * 24 * 3'600 * 1'000;  ///< for which a description alone counts
};

/// Films that point somewhere, with their directions in one block, so that a viewer is matched with
/// all of them in one sweep. Immutable.
class NewFilms {
 public:
  NewFilms() = default;
  /// Those of `films`, ascending by key, that have a direction. All directions have k numbers.
  explicit NewFilms(std::span<const NewFilm> films);

  bool empty() const { return films_.empty(); }
  std::size_t size() const { return films_.size(); }
  /// Its `direction` is empty: direction(n) has it.
  const NewFilm& operator[](std::size_t n) const { return films_[n]; }
  /// Of length 1.
  std::span<const float> direction(std::size_t n) const { return {&directions_[n * k_], k_}; }
  /// Of `movie`; empty when it is not among them.
  std::span<const float> direction_of(MovieKey movie) const;

  /// The at most `count` films that suit the viewer of this vector (k numbers, models/fold_in.h):
  /// those of largest cosine with it, best first, ties by smaller key. The score is the cosine.
  /// None for a zero vector.
  std::vector<Candidate> matching(std::span<const float> viewer, std::size_t count,
                                  const KeySet& allowed, std::int64_t now_ms,
                                  const NewFilmOptions& options) const;

 private:
  std::size_t k_ = 0;
  std::vector<NewFilm> films_;
  linalg::AlignedFloats directions_;   ///< films_.size() × k_, row-major
  linalg::QuantizedMatrix quantized_;  ///< of directions_
};

}  // namespace marquee::retrieval
