#pragma once

#include <cstdint>

#include "adapters/embedded/event_log/segment_writer.h"
#include "telemetry/metrics.h"

namespace marquee::embedded {

/// marquee_dedup_*: what recognising repeated events costs. Not thread-safe.
class DeduplicationMetrics {
 public:
  /// `metrics` must outlive it; `limit` is SegmentWriter::Options::recent_events_limit.
  DeduplicationMetrics(telemetry::Metrics& metrics, std::uint64_t limit);

  void show(const SegmentWriter::Deduplication& now);

 private:
  telemetry::Gauge& remembered_;
  telemetry::Counter& lookups_;
  telemetry::Counter& refused_;
  SegmentWriter::Deduplication shown_;
};

}  // namespace marquee::embedded
