// The event log beside the bare disk: batches of events through SegmentLog, and the same bytes by
// write and fdatasync alone, in turns in one run. One batch at a time, so that the rate is what one
// patient client gets; the server's group commit joins what many bring.
//
//     marquee_bench_log [DIRECTORY [ROUNDS [COMMITS]]]    a new ./bench-log.PID, 9 rounds of 64

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/embedded/event_log/segment_log.h"
#include "bench/log/batches.h"
#include "bench/log/contenders.h"

namespace marquee::bench {
namespace {

constexpr std::array<std::size_t, 5> kSizes{1, 16, 64, 256, 1'000};  // an append takes 1,000
constexpr std::size_t kSizeThatMatters = 256;
constexpr double kWantedEventsPerSecond = 100'000;

struct Options {
  std::filesystem::path directory;
  int rounds = 9;
  std::size_t commits = 64;
};

/// The value that a share `q` of `values` does not exceed (nearest rank); `values` not empty.
double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(values.size()));
  return values[std::min(rank, values.size() - 1)];
}

/// What one contender did with batches of one size.
class Measured {
 public:
  /// Events a second of this round.
  double add(const Commits& commits, std::size_t size) {
    const std::vector<double>& times = commits.seconds;
    all_.insert(all_.end(), times.begin(), times.end());
    const double seconds = std::accumulate(times.begin(), times.end(), 0.0);
    const auto events = static_cast<double>(times.size() * size);
    cpu_us_.push_back(1e6 * commits.cpu_seconds / events);
    rates_.push_back(events / seconds);
    return rates_.back();
  }
  double rate(double q) const { return quantile(rates_, q); }
  double commit_ms(double q) const { return 1e3 * quantile(all_, q); }
  /// Of an event; hardly depends on what else the machine does.
  double cpu_us() const { return quantile(cpu_us_, 0.5); }

 private:
  std::vector<double> all_;
  std::vector<double> rates_;
  std::vector<double> cpu_us_;
};

/// The fold keeps up: what is stored may be forgotten.
embedded::SegmentLog::Options log_options(const Options& options, std::uint64_t& folded) {
  embedded::SegmentLog::Options log;
  log.writer.directory = (options.directory / "log").string();
  log.writer.folded_end = [&folded] { return folded; };
  return log;
}

Result<bool> measure(const Options& options, std::size_t size, Rng& rng, EventLog& log,
                     std::uint64_t& folded) {
  const std::string bare_path = (options.directory / "bare").string();
  Measured by_log;
  Measured by_bare;
  std::vector<double> ratios;
  for (int round = 0; round < options.rounds; ++round) {
    auto batches = make_batches(options.commits, size, rng);
    MARQUEE_TRY(const auto bare, time_bare(bare_path, batches));
    MARQUEE_TRY(const auto logged, time_log(log, batches));
    folded = log.end().next(Offset::kEmbedded);
    const double bare_rate = by_bare.add(bare, size);
    ratios.push_back(by_log.add(logged, size) / bare_rate);
  }
  fmt::print(
      "{:6} {:10.0f} ({:7.0f} – {:7.0f}) {:10.0f}   {:4.2f} ({:4.2f} – {:4.2f})"
      "   {:6.2f} {:7.2f}   {:6.2f} {:7.2f}   {:6.2f} {:6.2f}\n",
      size, by_log.rate(0.5), by_log.rate(0), by_log.rate(1), by_bare.rate(0.5),
      quantile(ratios, 0.5), quantile(ratios, 0), quantile(ratios, 1), by_log.commit_ms(0.5),
      by_log.commit_ms(0.99), by_bare.commit_ms(0.5), by_bare.commit_ms(0.99), by_log.cpu_us(),
      by_bare.cpu_us());
  std::fflush(stdout);
  return size < kSizeThatMatters || by_log.rate(0.5) >= kWantedEventsPerSecond;
}

Result<bool> measure_all(const Options& options) {
  const SystemClock clock;
  std::uint64_t folded = 0;
  Rng rng(6);
  embedded::Disk& disk = embedded::posix_disk();
  MARQUEE_CHECK(disk.create_directory((options.directory / "log").string()));
  MARQUEE_TRY(const auto log,
              embedded::SegmentLog::open(log_options(options, folded), nullptr, clock, disk));
  fmt::print("{} rounds of {} commits, one at a time; medians over rounds (least – most)\n",
             options.rounds, options.commits);
  fmt::print("{:>6} {:>10} {:^19} {:>10}   {:^18}   {:^14}   {:^14}   {:^13}\n", "batch",
             "log ev/s", "", "bare ev/s", "log/bare", "log p50 p99 ms", "bare p50 p99",
             "CPU us/event");
  bool enough = true;
  for (const std::size_t size : kSizes) {
    MARQUEE_TRY(const bool fast, measure(options, size, rng, *log, folded));
    enough = enough && fast;
  }
  fmt::print("wanted: at least {:.0f} events/s in batches of {} and more: {}\n",
             kWantedEventsPerSecond, kSizeThatMatters, enough ? "yes" : "no");
  return enough;
}

int run(const Options& options) {
  std::error_code ignored;
  if (!std::filesystem::create_directories(options.directory, ignored)) {
    fmt::print(stderr, "marquee_bench_log: {} must not exist yet\n", options.directory.string());
    return 2;
  }
  const auto enough = measure_all(options);
  std::filesystem::remove_all(options.directory, ignored);
  if (!enough.ok()) {
    fmt::print(stderr, "marquee_bench_log: {}\n", enough.error().message);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace marquee::bench

int main(int argc, char** argv) {
  marquee::bench::Options options;
  options.directory = argc > 1 ? argv[1] : fmt::format("bench-log.{}", ::getpid());
  if (argc > 2) options.rounds = std::max(1, std::atoi(argv[2]));
  if (argc > 3) options.commits = static_cast<std::size_t>(std::max(1, std::atoi(argv[3])));
  return marquee::bench::run(options);
}
