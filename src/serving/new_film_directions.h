#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "ports/folded_state.h"
#include "serving/catalog_view.h"

namespace marquee::serving {

/// Where films that the model does not know point: what their description says, until
/// kViewersMin viewers like them; from then on a vector folded in from those viewers
/// (models::fold_in_item()), each folded in from what else they like. Looked at anew when the
/// counts have changed, but not more often than every `refresh`; a film is solved again only when
/// other viewers came or another model, and a look that takes kLookMax leaves the rest to the next
/// ones: it is a request that waits for it. While one thread looks, the others get what was there.
/// Thread-safe.
class NewFilmDirections {
 public:
  static constexpr std::size_t kViewersMin = 3;
  static constexpr std::chrono::milliseconds kLookMax{3};

  /// The references must outlive this.
  NewFilmDirections(const FoldedState& state, const Clock& clock,
                    const retrieval::HistoryWeights& weights, std::chrono::milliseconds refresh);

  /// Those of `pinned.new_films` that point anywhere at this moment. `pinned` has a generation.
  /// Never null.
  std::shared_ptr<const retrieval::NewFilms> get(const Pinned& pinned) const;

 private:
  using Given = std::shared_ptr<const std::vector<retrieval::NewFilm>>;
  using Films = std::shared_ptr<const retrieval::NewFilms>;
  struct Solved {
    std::vector<UserId> viewers;
    std::vector<float> direction;
  };

  /// What is there for these films, when it is good enough; null otherwise.
  Films fresh(const Given& given, bool any_will_do) const;
  Films look_anew(const Pinned& pinned) const;
  bool solve_changed(const Generation& generation,
                     const std::vector<retrieval::NewFilm>& films) const;
  bool solve(const Generation& generation, MovieKey movie) const;
  Films with_directions(const std::vector<retrieval::NewFilm>& described) const;
  std::vector<float> direction_of(const Generation& generation,
                                  const std::vector<UserId>& viewers) const;

  const FoldedState& state_;
  const Clock& clock_;
  const retrieval::HistoryWeights& weights_;
  const std::chrono::milliseconds refresh_;
  mutable std::mutex looking_;                 // held by the thread that looks
  mutable std::map<MovieKey, Solved> solved_;  // its
  mutable std::shared_ptr<const models::FactorModel> solved_model_;  // its: in whose terms
  mutable std::size_t next_ = 0;                                     // its: the film looked at last
  mutable std::size_t left_ = 0;            // its: films not looked at since seen_version_
  mutable std::uint64_t seen_version_ = 0;  // its
  mutable std::mutex mutex_;                // guards what follows, for who does not look
  mutable Given given_;                     // what `films_` were made from
  mutable Films films_;
  mutable std::optional<std::uint64_t> counts_version_;  // none: not all were looked at
  mutable std::chrono::steady_clock::time_point looked_at_;
};

}  // namespace marquee::serving
