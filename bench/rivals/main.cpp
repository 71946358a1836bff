// Who asks, for run.py beside this: a closed loop of requests to any server of the same calls, over
// kept connections. One line of JSON at the end.
//
//     marquee_bench_rivals PORT lists|events|click_to_list|browsing CONNECTIONS SECONDS USERS FILMS
//     SEED
//
// USERS and FILMS are files with an id a line. browsing: an event, then kListsAnEvent lists of that
// viewer, the first of which is made anew once the event is folded.

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/rng.h"
#include "base/uuid.h"
#include "bench/load/http_client.h"
#include "bench/measure.h"

namespace marquee::bench {
namespace {

/// Six of seven from L1: the hit rate of 85 % that the original design expects.
constexpr int kListsAnEvent = 7;

std::vector<std::string> lines_of(const char* path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.empty()) {
    fmt::print(stderr, "bench: {} has no lines\n", path);
    std::exit(1);
  }
  return lines;
}

class ClosedLoop {
 public:
  ClosedLoop(std::uint16_t port, std::string mode, std::size_t connections, const char* users,
             const char* films, std::uint64_t seed)
      : client_(port, connections),
        mode_(std::move(mode)),
        connections_(connections),
        users_(lines_of(users)),
        films_(lines_of(films)),
        rng_(seed) {}

  void run(double seconds) {
    const auto begin = SteadyClock::now();
    end_ = begin + std::chrono::duration_cast<SteadyClock::duration>(
                       std::chrono::duration<double>(seconds));
    for (std::size_t i = 0; i < connections_; ++i) next();
    while (client_.open() > 0) client_.poll(10'000);
    seconds_ = ms_since(begin) / 1'000;
  }

  void report() const {
    fmt::print(R"({{"requests":{},"failed":{},"seconds":{:.3f},"p50_ms":{:.3f},"p99_ms":{:.3f}}})"
               "\n",
               ms_.size(), failed_, seconds_, quantile(ms_, 0.5), quantile(ms_, 0.99));
  }

 private:
  void next() {
    if (SteadyClock::now() >= end_) return;
    const std::string user = users_[rng_.below(users_.size())];
    if (mode_ == "lists") return lists(user, 1);
    event(user);
  }

  void lists(const std::string& user, int count) {
    if (count == 0) return next();
    send(get_request(fmt::format("/api/recommendations?user_id={}&limit=10", user)),
         [this, user, count] { lists(user, count - 1); });
  }

  int lists_after_event() const {
    if (mode_ == "events") return 0;
    return mode_ == "browsing" ? kListsAnEvent : 1;
  }

  void event(const std::string& user) {
    const std::string body = fmt::format(
        R"({{"user_id":"{}","movie_id":"{}","event_type":"click","event_id":"{}"}})", user,
        films_[rng_.below(films_.size())], Uuid::v7(SystemClock().wall_ms()).to_string());
    send(post_request("/api/events", body), [this, user] { lists(user, lists_after_event()); });
  }

  void send(std::string request, std::function<void()> then) {
    const auto start = SteadyClock::now();
    client_.send(std::move(request), [this, start, then = std::move(then)](const Answer& answer) {
      ms_.push_back(ms_since(start));
      if (answer.status != 200 && answer.status != 202) ++failed_;
      then();
    });
  }

  HttpClient client_;
  const std::string mode_;
  const std::size_t connections_;
  const std::vector<std::string> users_;
  const std::vector<std::string> films_;
  Rng rng_;
  SteadyClock::time_point end_;
  std::vector<double> ms_;
  std::size_t failed_ = 0;
  double seconds_ = 0;
};

}  // namespace
}  // namespace marquee::bench

int main(int argc, char** argv) {
  if (argc != 8) {
    fmt::print(stderr, "usage: {} PORT MODE CONNECTIONS SECONDS USERS FILMS SEED\n", argv[0]);
    return 2;
  }
  marquee::bench::ClosedLoop loop(static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2],
                                  static_cast<std::size_t>(std::atoi(argv[3])), argv[5], argv[6],
                                  static_cast<std::uint64_t>(std::atoll(argv[7])));
  loop.run(std::atof(argv[4]));
  loop.report();
  return 0;
}
