#include "bench/load/event_load.h"

#include <cmath>

#include <fmt/format.h>

#include "base/rng.h"
#include "base/uuid.h"

namespace marquee::bench {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// One load while it runs; callbacks refer to it.
class EventLoad {
 public:
  EventLoad(Connections& connections, const std::vector<std::string>& movies,
            const EventLoadOptions& options)
      : connections_(connections), movies_(movies), options_(options), rng_(options.seed) {}

  EventLoadResult run() {
    const auto begin = Clock::now();
    const auto end = begin + options_.duration;
    auto due = begin + gap();
    while (due < end) {
      connections_.poll(due);
      for (const auto now = Clock::now(); due <= now && due < end; due += gap()) send_event(due);
    }
    const auto patience = Clock::now() + std::chrono::seconds(30);
    while (connections_.under_way() > 0 && Clock::now() < patience) connections_.poll(patience);
    result_.failed += connections_.under_way();
    return std::move(result_);
  }

 private:
  std::chrono::nanoseconds gap() {
    const double seconds = -std::log(1.0 - rng_.uniform()) / options_.events_per_s;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  }

  void send_event(TimePoint due) {
    const std::string viewer = fmt::format("load-{}", rng_.below(options_.viewers));
    const std::string& movie = movies_[rng_.below(movies_.size())];
    const bool is_followed = rng_.uniform() < options_.visible_share;
    const std::string json =
        fmt::format(R"({{"user_id":"{}","movie_id":"{}","event_type":"click","event_id":"{}"}})",
                    viewer, movie, Uuid::v7(wall_ms()).to_string());
    connections_.send(post_request("/api/events", json),
                      [this, due, viewer, is_followed](const Answer& answer) {
                        acknowledged(due, viewer, is_followed, answer);
                      });
  }

  void acknowledged(TimePoint due, const std::string& viewer, bool is_followed,
                    const Answer& answer) {
    if (answer.status != 202) {
      ++(answer.status == 503 ? result_.refused : result_.failed);
      return;
    }
    ++result_.accepted;
    result_.acknowledged.add(Clock::now() - due);
    if (!is_followed) return;
    const std::string target = fmt::format("/api/recommendations?user_id={}&limit=10&min_offset={}",
                                           viewer, json_text(answer.body, "offset"));
    connections_.send(get_request(target), [this, due](const Answer& list) {
      if (list.status != 200) {
        ++result_.failed;
      } else if (list.body.find("\"stale\":true") != std::string::npos) {
        ++result_.stale;
      } else {
        result_.visible.add(Clock::now() - due);
      }
    });
  }

  Connections& connections_;
  const std::vector<std::string>& movies_;
  const EventLoadOptions options_;
  Rng rng_;
  EventLoadResult result_;
};

}  // namespace

EventLoadResult run_event_load(Connections& connections, const std::vector<std::string>& movies,
                               const EventLoadOptions& options) {
  return EventLoad(connections, movies, options).run();
}

}  // namespace marquee::bench
