#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "domain/movie.h"
#include "models/content_prior.h"
#include "serving/generation.h"

namespace marquee::serving {

/// What describes a film to models::ContentPrior: its genres, its decade and the longer words of
/// its title, each once.
std::vector<std::string> features_of(const Movie& movie);

/// What one catalogue's descriptions say in the terms of one model. Thread-safe.
class FilmDescriptions {
 public:
  /// Neither is null.
  FilmDescriptions(std::shared_ptr<const Generation> generation,
                   std::shared_ptr<const Catalog> catalog);

  /// The direction of the model's films with the same features, of length 1; empty for what is no
  /// film or shares no feature with any. The first call learns the features: a pass over all films.
  std::vector<float> direction_of(MovieKey movie) const;

 private:
  void learn(models::ContentPrior& prior) const;

  const std::shared_ptr<const Generation> generation_;
  const std::shared_ptr<const Catalog> catalog_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::optional<models::ContentPrior> prior_;
};

}  // namespace marquee::serving
