#include <algorithm>
#include <cmath>

#include "datasets/dataset.h"
#include "datasets/synthetic_viewer.h"
#include "datasets/synthetic_world.h"

namespace marquee::datasets {
namespace {

constexpr std::size_t kRatingsMin = 12;  // of a viewer, where there are enough for all

/// Deals `options.interactions` to the viewers: many rate little, a few very much, nobody more
/// than a third of the films.
std::vector<std::size_t> deal_ratings(const SyntheticOptions& options, Rng rng) {
  std::vector<double> eagerness(options.users);
  double sum = 0;
  for (double& value : eagerness) sum += value = std::exp(0.9 * rng.normal());
  const std::size_t most = std::max<std::size_t>(1, options.movies / 3);
  const std::size_t least =
      std::min({kRatingsMin, most, options.interactions / std::max<std::size_t>(1, options.users)});
  const auto spare = static_cast<double>(options.interactions - least * options.users);
  std::vector<std::size_t> dealt(options.users);
  std::size_t left = options.interactions;
  for (std::size_t i = 0; i < dealt.size(); ++i) {
    const auto more = static_cast<std::size_t>(spare * eagerness[i] / sum);
    dealt[i] = std::min({least + more, most, left});
    left -= dealt[i];
  }
  for (bool room = true; left > 0 && room;) {  // what rounding and the limit left over
    room = false;
    for (std::size_t i = 0; i < dealt.size() && left > 0; ++i) {
      if (dealt[i] >= most) continue;
      ++dealt[i];
      --left;
      room = true;
    }
  }
  return dealt;
}

class Synthetic final : public Dataset {
 public:
  explicit Synthetic(const SyntheticOptions& options)
      : options_(options), world_(make_world(options.movies, Rng(options.seed))) {}

  std::string name() const override { return "synthetic"; }

  Result<std::vector<Movie>> movies() override {
    std::vector<Movie> movies;
    movies.reserve(world_.films.size());
    for (const SyntheticFilm& film : world_.films) movies.push_back(film.movie);
    return movies;
  }

  Result<void> interactions(const std::function<Result<void>(Event)>& event) override {
    if (world_.films.empty()) return {};
    Rng rng = Rng(options_.seed).split();
    const std::vector<std::size_t> ratings = deal_ratings(options_, rng.split());
    for (std::size_t i = 0; i < ratings.size(); ++i) {
      const UserId user(std::to_string(i + 1));
      for (Event& rated : make_viewer_events(world_, user, ratings[i], rng.split())) {
        MARQUEE_CHECK(event(std::move(rated)));
      }
    }
    return {};
  }

  const std::vector<SkippedLine>& skipped() const override { return none_; }
  std::uint64_t skipped_count() const override { return 0; }

 private:
  SyntheticOptions options_;
  SyntheticWorld world_;
  std::vector<SkippedLine> none_;
};

}  // namespace

std::unique_ptr<Dataset> make_synthetic(const SyntheticOptions& options) {
  return std::make_unique<Synthetic>(options);
}

}  // namespace marquee::datasets
