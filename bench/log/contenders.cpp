#include "bench/log/contenders.h"

#include <chrono>
#include <ctime>
#include <future>

#include "adapters/embedded/files/disk.h"

namespace marquee::bench {
namespace {

using Clock = std::chrono::steady_clock;
using embedded::Disk;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double cpu_seconds() {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

Result<Commits> time_log(EventLog& log, std::vector<Batch>& batches) {
  Commits commits;
  const double cpu_before = cpu_seconds();
  for (Batch& batch : batches) {
    std::promise<Result<std::vector<AppendOutcome>>> done;
    auto answer = done.get_future();
    const auto start = Clock::now();
    log.append(std::move(batch.events),
               [&](auto outcomes) { done.set_value(std::move(outcomes)); });
    const auto outcomes = answer.get();
    commits.seconds.push_back(seconds_since(start));
    if (!outcomes.ok()) return outcomes.error();
    for (const AppendOutcome& outcome : *outcomes) {
      if (outcome.status != AppendStatus::kAccepted) {
        return Error{ErrorCode::kConflict, "the log took a new event for a repeat"};
      }
    }
  }
  commits.cpu_seconds = cpu_seconds() - cpu_before;
  return commits;
}

Result<Commits> time_bare(const std::string& path, const std::vector<Batch>& batches) {
  Disk& disk = embedded::posix_disk();
  std::size_t bytes = 0;
  for (const Batch& batch : batches) bytes += batch.frame.size();
  MARQUEE_TRY(auto file, disk.open(path, Disk::Open::kCreate));
  MARQUEE_CHECK(file->write_at(0, std::vector<std::byte>(bytes)));
  MARQUEE_CHECK(file->sync());
  Commits commits;
  const double cpu_before = cpu_seconds();
  std::uint64_t position = 0;
  for (const Batch& batch : batches) {
    const auto start = Clock::now();
    MARQUEE_CHECK(file->write_at(position, batch.frame));
    MARQUEE_CHECK(file->sync());
    commits.seconds.push_back(seconds_since(start));
    position += batch.frame.size();
  }
  commits.cpu_seconds = cpu_seconds() - cpu_before;
  file.reset();
  MARQUEE_CHECK(disk.remove(path));
  return commits;
}

}  // namespace marquee::bench
