#include "bench/load/offered_load.h"

#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "bench/measure.h"

namespace marquee::bench {
namespace {

class Generator {
 public:
  Generator(HttpClient& client, const OfferedLoad& load, Rng& rng)
      : client_(client), load_(load), rng_(rng) {}

  LoadResult run() && {
    const auto start = SteadyClock::now();
    for (double due_s = gap(); due_s < load_.seconds; due_s += gap()) {
      const auto due = start + std::chrono::duration_cast<SteadyClock::duration>(
                                   std::chrono::duration<double>(due_s));
      for (auto now = SteadyClock::now(); now < due; now = SteadyClock::now()) {
        client_.poll(std::chrono::duration_cast<std::chrono::microseconds>(due - now).count());
      }
      send_event(due);
      client_.poll(0);
    }
    while (client_.open() > 0) client_.poll(10'000);
    return std::move(result_);
  }

 private:
  double gap() { return -std::log(1.0 - rng_.uniform()) / load_.rate; }

  void send_event(SteadyClock::time_point due) {
    const bool sampled = number_++ % load_.sample_every == 0 && !load_.malformed;
    const int wanted = load_.malformed ? 400 : 202;
    const std::string user = fmt::format("load-{}", rng_.below(load_.viewers));
    const std::string event =
        fmt::format(R"({{"user_id":"{}","{}":"{}","event_type":"click","event_id":"{}"}})", user,
                    load_.malformed ? "film" : "movie_id", 1 + rng_.below(load_.films),
                    Uuid::v7(SystemClock().wall_ms()).to_string());
    client_.send(post_request("/api/events", event), [=, this](const Answer& answer) {
      if (answer.status != wanted) {
        ++result_.refused;
        return;
      }
      result_.acknowledged.push_back(ms_since(due));
      if (sampled) look_for(user, text_member(answer.body, "offset"), due);
    });
  }

  void look_for(const std::string& user, const std::string& offset, SteadyClock::time_point due) {
    const std::string target =
        fmt::format("/api/recommendations?user_id={}&limit=10&min_offset={}", user, offset);
    client_.send(get_request(target), [=, this](const Answer& answer) {
      const bool stale = answer.body.find("\"stale\":true") != std::string::npos;
      if (answer.status != 200 || stale) {
        ++result_.stale;
        return;
      }
      result_.visible.push_back(ms_since(due));
    });
  }

  HttpClient& client_;
  const OfferedLoad& load_;
  Rng& rng_;
  std::size_t number_ = 0;
  LoadResult result_;
};

}  // namespace

LoadResult offer(HttpClient& client, const OfferedLoad& load, Rng& rng) {
  return Generator(client, load, rng).run();
}

}  // namespace marquee::bench
