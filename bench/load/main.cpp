// A server under load, from outside: how long until an event is acknowledged and until a list shows
// it, beside the bare disk; and how often L1 has the list that a viewer asks for.
//
//     marquee_bench_load [DATASET [SECONDS]]    DATASET as for marquee import, or $MARQUEE_DATASET,
//                                               else the built-in synthetic world; 8 s a rate

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/load/event_load.h"
#include "bench/load/server_process.h"
#include "bench/load/viewer_mix.h"

namespace marquee::bench {
namespace {

constexpr std::size_t kConnections = 64;
constexpr std::size_t kFrameBytes = 512;  // of a frame with an event or two

Result<std::vector<std::string>> some_movies(Connections& connections) {
  std::string body;
  connections.send(get_request("/api/movies?limit=100&sort=popularity"),
                   [&](const Answer& answer) { body = answer.body; });
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (connections.under_way() > 0 && std::chrono::steady_clock::now() < patience) {
    connections.poll(patience);
  }
  std::vector<std::string> movies;
  for (std::size_t at = body.find("\"movie_id\""); at != std::string::npos;
       at = body.find("\"movie_id\"", at + 1)) {
    movies.push_back(json_text(body.substr(at, 200), "movie_id"));
  }
  if (movies.empty()) return Error{ErrorCode::kUnavailable, "load: the server knows no films"};
  return movies;
}

void print_rate(double rate, const EventLoadResult& result, const Latencies& bare) {
  fmt::print(
      "{:>7.0f} {:>8.2f} {:>8.2f} {:>8.2f} {:>9.2f} {:>9.2f} {:>8.2f} {:>8.2f} {:>7.1f} {:>7.1f}"
      " {:>6} {:>6} {:>6}\n",
      rate, result.acknowledged.at(0.5), result.acknowledged.at(0.99), result.acknowledged.at(1),
      result.visible.at(0.5), result.visible.at(0.99), bare.at(0.5), bare.at(0.99),
      result.acknowledged.at(0.99) / bare.at(0.99), result.visible.at(0.99) / bare.at(0.99),
      result.refused, result.failed, result.stale);
}

void measure_events(Connections& connections, const std::vector<std::string>& movies,
                    const std::string& directory, std::chrono::milliseconds duration) {
  fmt::print(
      "clicks by a Poisson process (open loop, {} connections), milliseconds from the "
      "scheduled arrival\n\n",
      kConnections);
  fmt::print("{:>7} {:>8} {:>8} {:>8} {:>9} {:>9} {:>8} {:>8} {:>7} {:>7} {:>6} {:>6} {:>6}\n",
             "events/s", "ack p50", "p99", "max", "shown p50", "p99", "disk p50", "p99", "ack/d",
             "shown/d", "503", "failed", "stale");
  std::uint64_t seed = 1;
  for (const double rate : {100.0, 1'000.0, 2'000.0, 5'000.0}) {
    EventLoadOptions options;
    options.events_per_s = rate;
    options.duration = duration;
    options.seed = seed++;
    const Latencies bare = bare_fdatasync(directory, kFrameBytes, duration / 4);
    print_rate(rate, run_event_load(connections, movies, options), bare);
  }
  fmt::print(
      "\nwanted at 2,000 events/s: ack p99 at most 2 times, shown p99 at most 4 times that of "
      "the bare fdatasync\n");
}

void measure_mix(Connections& connections, const std::vector<std::string>& movies) {
  const ViewerMixOptions options;
  const ViewerMixResult mix = run_viewer_mix(connections, movies, options);
  fmt::print(
      "\n{} sittings of {} viewers (Zipf {}), {} lists on average, an event after {:.0f} % of "
      "them: {} lists, {} events, {} failed\n"
      "from L1: {:.1f} %   wanted: about 85 %\n",
      options.sittings, options.viewers, options.zipf_exponent, options.lists_per_sitting,
      100 * options.event_share, mix.lists, mix.events, mix.failed,
      100.0 * static_cast<double>(mix.from_cache) / static_cast<double>(mix.lists));
}

Result<void> run(const std::string& program, const std::string& dataset, int seconds) {
  MARQUEE_TRY(const auto server,
              ServerProcess::start(program, dataset, std::filesystem::current_path().string()));
  MARQUEE_TRY(Connections connections, Connections::open(server->port(), kConnections));
  MARQUEE_TRY(const auto movies, some_movies(connections));
  measure_events(connections, movies, server->directory(), std::chrono::seconds(seconds));
  measure_mix(connections, movies);
  return {};
}

}  // namespace
}  // namespace marquee::bench

int main(int count, char** arguments) {
  const char* known = std::getenv("MARQUEE_DATASET");
  const std::string dataset = count > 1 ? arguments[1] : (known != nullptr ? known : "synthetic");
  const int seconds = count > 2 ? std::atoi(arguments[2]) : 8;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "marquee";
  if (seconds < 1) {
    fmt::print(stderr, "usage: marquee_bench_load [DATASET [SECONDS]]\n");
    return 2;
  }
  const auto done = marquee::bench::run(beside.string(), dataset, seconds);
  if (!done.ok()) fmt::print(stderr, "{}\n", done.error().message);
  return done.ok() ? 0 : 1;
}
