#include "adapters/embedded/event_log/log_scrub.h"

#include <algorithm>

#include <fmt/format.h>

#include "adapters/embedded/event_log/frame_walker.h"
#include "telemetry/log.h"

namespace marquee::embedded {
namespace {

Error stopped() { return Error{ErrorCode::kUnavailable, "the check was stopped"}; }

}  // namespace

Result<void> check_segment(Disk& disk, const std::string& directory, std::uint64_t first_offset,
                           std::uint64_t end, bool is_sealed,
                           const std::function<bool(std::uint64_t bytes)>& on_bytes) {
  MARQUEE_TRY(const auto file,
              disk.open(directory + "/" + segment_name(first_offset), Disk::Open::kRead));
  file->drop_cache();
  MARQUEE_TRY(const Segment segment,
              open_segment(disk, directory, first_offset, Disk::Open::kRead));
  FrameWalker walker(segment);
  std::uint64_t next = first_offset;
  while (next < end || is_sealed) {
    MARQUEE_TRY(const auto found, walker.next());
    if (found == FrameWalker::Found::kBad) {
      return damage(segment, walker.position(), next, "a frame's checksum is wrong");
    }
    if (found == FrameWalker::Found::kEnd) break;
    if (walker.header().first_offset != next) {
      return damage(segment, walker.position(), next,
                    fmt::format("event {} follows", walker.header().first_offset));
    }
    next = walker.header().end_offset();
    if (!on_bytes(walker.end_position() - walker.position())) return stopped();
  }
  file->drop_cache();
  if (next < end || (is_sealed && next != end)) {
    return damage(segment, walker.position(), next, "the events behind it are missing");
  }
  return {};
}

LogScrub::LogScrub(const SegmentList& segments, std::function<std::uint64_t()> end, Disk& disk,
                   const Clock& clock, telemetry::Metrics& metrics, Options options)
    : segments_(segments),
      end_(std::move(end)),
      disk_(disk),
      clock_(clock),
      options_(std::move(options)),
      bytes_(metrics.counter("marquee_log_scrub_bytes_total", "frames of the log read again")),
      checked_(metrics.counter("marquee_log_scrub_segments_total", "segments read again")),
      passes_(metrics.counter("marquee_log_scrub_passes_total", "whole logs read again")),
      damaged_(metrics.gauge("marquee_log_scrub_damaged_segments", "segments found damaged")),
      finished_at_(metrics.gauge("marquee_log_scrub_finished_timestamp_seconds",
                                 "when a whole log was last read again")) {}

LogScrub::~LogScrub() { thread_ = {}; }

void LogScrub::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Result<void> LogScrub::health() const {
  const std::lock_guard lock(mutex_);
  if (damage_.empty()) return {};
  const std::string others =
      damage_.size() == 1 ? "" : fmt::format(", and {} more segments", damage_.size() - 1);
  return Error{ErrorCode::kDataLoss,
               fmt::format("{}{}. Serving goes on; see all of it with: marquee log verify",
                           damage_.begin()->second.message, others)};
}

void LogScrub::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto begin = std::chrono::steady_clock::now();
    next_read_ = begin;
    pass(stop);
    wait_until(begin + options_.interval, stop);
  }
}

void LogScrub::pass(const std::stop_token& stop) {
  const std::uint64_t end = end_();  // before the list: everything before it is in these segments
  const auto segments = segments_.all();
  {
    const std::lock_guard lock(mutex_);  // what retention removed is not damaged any more
    std::erase_if(damage_, [&](const auto& known) {
      return segments.empty() || known.first < segments.front().header.first_offset;
    });
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool is_sealed = i + 1 < segments.size();
    const std::uint64_t first = segments[i].header.first_offset;
    const auto found =
        check_segment(disk_, options_.directory, first,
                      is_sealed ? segments[i + 1].header.first_offset : std::max(first, end),
                      is_sealed, [&](std::uint64_t bytes) { return pace(bytes, stop); });
    if (stop.stop_requested()) return;
    const bool removed = !found.ok() && found.error().code == ErrorCode::kNotFound &&
                         segments_.first()->header.first_offset > first;
    note(first, removed ? Result<void>() : found);
    checked_.add();
  }
  passes_.add();
  finished_at_.set(static_cast<double>(clock_.wall_ms()) / 1e3);
}

void LogScrub::note(std::uint64_t first_offset, const Result<void>& found) {
  if (!found.ok()) telemetry::log(telemetry::Level::kError, "scrub", found.error().message);
  const std::lock_guard lock(mutex_);
  if (found.ok()) {
    damage_.erase(first_offset);
  } else {
    damage_.insert_or_assign(first_offset, found.error());
  }
  damaged_.set(static_cast<double>(damage_.size()));
}

/// Waits so long that no more than `bytes_per_s` are read on average. False to stop.
bool LogScrub::pace(std::uint64_t bytes, const std::stop_token& stop) {
  bytes_.add(static_cast<double>(bytes));
  const std::chrono::duration<double> lasts(static_cast<double>(bytes) /
                                            static_cast<double>(options_.bytes_per_s));
  // Time that was lost is not made up for: no burst after a slow disk.
  next_read_ = std::max(next_read_, std::chrono::steady_clock::now() - std::chrono::seconds(1)) +
               std::chrono::duration_cast<std::chrono::steady_clock::duration>(lasts);
  constexpr std::chrono::milliseconds kWorthAWait{20};
  if (next_read_ > std::chrono::steady_clock::now() + kWorthAWait) wait_until(next_read_, stop);
  return !stop.stop_requested();
}

void LogScrub::wait_until(std::chrono::steady_clock::time_point when, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  stopping_.wait_until(lock, stop, when, [] { return false; });
}

}  // namespace marquee::embedded
