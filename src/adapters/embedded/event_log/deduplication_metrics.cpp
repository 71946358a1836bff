#include "adapters/embedded/event_log/deduplication_metrics.h"

namespace marquee::embedded {

DeduplicationMetrics::DeduplicationMetrics(telemetry::Metrics& metrics, std::uint64_t limit)
    : remembered_(metrics.gauge("marquee_dedup_memory_events",
                                "Events held in memory to recognise their repeats")),
      lookups_(metrics.counter("marquee_dedup_disk_lookups_total",
                               "Event ids old enough to be looked up in the database")),
      refused_(metrics.counter("marquee_dedup_refused_total",
                               "Events refused while the memory for repeats was full")) {
  metrics
      .gauge("marquee_dedup_memory_events_max",
             "Events that memory holds while the fold is behind; more are refused")
      .set(static_cast<double>(limit));
}

void DeduplicationMetrics::show(const SegmentWriter::Deduplication& now) {
  remembered_.set(static_cast<double>(now.remembered));
  lookups_.add(static_cast<double>(now.lookups - shown_.lookups));
  refused_.add(static_cast<double>(now.refused - shown_.refused));
  shown_ = now;
}

}  // namespace marquee::embedded
