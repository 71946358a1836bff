#include "bench/load/viewer_mix.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/rng.h"

namespace marquee::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Draws 0, 1, 2, … with probability proportional to 1 / (1 + i)^exponent.
class Zipf {
 public:
  Zipf(std::size_t count, double exponent) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      sum += 1.0 / std::pow(static_cast<double>(i + 1), exponent);
      sums_.push_back(sum);
    }
  }
  std::size_t draw(Rng& rng) const {
    const double wanted = rng.uniform() * sums_.back();
    return static_cast<std::size_t>(std::lower_bound(sums_.begin(), sums_.end(), wanted) -
                                    sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

class ViewerMix {
 public:
  ViewerMix(Connections& connections, const std::vector<std::string>& movies,
            const ViewerMixOptions& options)
      : connections_(connections),
        movies_(movies),
        options_(options),
        zipf_(options.viewers, options.zipf_exponent),
        rng_(options.seed) {}

  ViewerMixResult run() {
    make_history();
    constexpr std::size_t kSideBySide = 16;
    for (std::size_t i = 0; i < kSideBySide; ++i) sit_down();
    const auto patience = Clock::now() + std::chrono::minutes(5);
    while (connections_.under_way() > 0 && Clock::now() < patience) connections_.poll(patience);
    return result_;
  }

 private:
  /// Three clicks of every viewer, so that their lists are their own: popular ones are not kept.
  void make_history() {
    for (std::size_t viewer = 0; viewer < options_.viewers; ++viewer) {
      std::string batch;
      for (int i = 0; i < 3; ++i) {
        batch += fmt::format(R"({}{{"user_id":"mix-{}","movie_id":"{}","event_type":"click"}})",
                             i == 0 ? "[" : ",", viewer, movies_[rng_.below(movies_.size())]);
      }
      connections_.send(post_request("/api/events", batch + "]"), [this](const Answer& answer) {
        if (answer.status != 207) ++result_.failed;
      });
    }
    const auto patience = Clock::now() + std::chrono::minutes(1);
    while (connections_.under_way() > 0 && Clock::now() < patience) connections_.poll(patience);
  }

  void sit_down() {
    if (sittings_ == options_.sittings) return;
    ++sittings_;
    ask(fmt::format("mix-{}", zipf_.draw(rng_)), "");
  }

  void ask(const std::string& viewer, const std::string& offset) {
    std::string target = fmt::format("/api/recommendations?user_id={}&limit=20", viewer);
    if (!offset.empty()) target += "&min_offset=" + offset;
    connections_.send(get_request(target), [this, viewer](const Answer& answer) {
      ++result_.lists;
      if (answer.status != 200) ++result_.failed;
      if (json_text(answer.body, "source") == "memory_cache") ++result_.from_cache;
      if (rng_.uniform() < options_.event_share) {
        act(viewer);
      } else {
        go_on(viewer, "");
      }
    });
  }

  void act(const std::string& viewer) {
    const std::string json =
        fmt::format(R"({{"user_id":"{}","movie_id":"{}","event_type":"click"}})", viewer,
                    movies_[rng_.below(movies_.size())]);
    connections_.send(post_request("/api/events", json), [this, viewer](const Answer& answer) {
      ++result_.events;
      if (answer.status != 202) ++result_.failed;
      go_on(viewer, json_text(answer.body, "offset"));
    });
  }

  void go_on(const std::string& viewer, const std::string& offset) {
    if (rng_.uniform() < 1.0 / options_.lists_per_sitting) {
      sit_down();
    } else {
      ask(viewer, offset);
    }
  }

  Connections& connections_;
  const std::vector<std::string>& movies_;
  const ViewerMixOptions options_;
  const Zipf zipf_;
  Rng rng_;
  std::size_t sittings_ = 0;
  ViewerMixResult result_;
};

}  // namespace

ViewerMixResult run_viewer_mix(Connections& connections, const std::vector<std::string>& movies,
                               const ViewerMixOptions& options) {
  return ViewerMix(connections, movies, options).run();
}

}  // namespace marquee::bench
