#include "serving/shown_list_writer.h"

#include <utility>

#include "base/thread_role.h"
#include "telemetry/log.h"

namespace marquee::serving {

ShownListWriter::ShownListWriter(RecommendationLog& log, telemetry::Metrics& metrics,
                                 Options options)
    : log_(log),
      options_(options),
      dropped_(metrics.counter("marquee_reclog_dropped_total",
                               "Shown lists that were not written to the recommendation log")),
      queue_(options.queue_max),
      thread_([this](const std::stop_token& stop) {
        take_role("shown", ThreadRole::kBackground);
        run(stop);
      }) {}

ShownListWriter::~ShownListWriter() {
  queue_.close();
  thread_.request_stop();
  thread_.join();
}

void ShownListWriter::write(ShownList list) {
  if (!queue_.try_push(std::move(list))) {
    dropped_.add();
    return;
  }
  if (queue_.size() >= options_.batch_max) many_queued_.notify_one();
}

void ShownListWriter::run(const std::stop_token& stop) {
  bool well = true;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(sleep_mutex_);
      // A log that failed gets the whole interval to come back.
      many_queued_.wait_for(lock, stop, options_.flush_interval,
                            [&] { return well && queue_.size() >= options_.batch_max; });
    }
    well = write_queued(false);
  }
  write_queued(true);
  const std::size_t lost = unwritten_.size() + queue_.size();
  if (lost > 0) dropped_.add(static_cast<double>(lost));
}

bool ShownListWriter::write_queued(bool to_the_end) {
  for (bool is_first = true;; is_first = false) {
    const bool is_worth_it = is_first || to_the_end || queue_.size() >= options_.batch_max;
    if (unwritten_.empty() && is_worth_it) {
      unwritten_ = queue_.pop_batch(options_.batch_max, std::chrono::milliseconds(0));
    }
    if (unwritten_.empty()) return true;
    if (const Result<void> written = log_.append(unwritten_); !written.ok()) {
      telemetry::log(telemetry::Level::kWarning, "serving",
                     "shown lists wait to be logged: " + written.error().message);
      return false;
    }
    unwritten_.clear();
  }
}

}  // namespace marquee::serving
