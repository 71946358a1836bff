#include "adapters/postgres/pool_metrics.h"

#include <string>

namespace marquee::postgres {
namespace {

telemetry::Counter& refused(telemetry::Metrics& metrics, const char* reason) {
  return metrics.counter("marquee_postgres_pool_refused_total",
                         "Calls to PostgreSQL that were not made", {{"reason", reason}});
}

}  // namespace

PostgresPoolMetrics::PostgresPoolMetrics(telemetry::Metrics& metrics)
    : up_(metrics.gauge("marquee_postgres_up",
                        "1 while PostgreSQL is used, 0 while it is left alone")),
      breaker_(metrics.gauge("marquee_postgres_breaker_state",
                             "0 closed, 1 open, 2 half open: one call probes PostgreSQL")),
      until_probe_(metrics.gauge("marquee_postgres_breaker_backoff_seconds",
                                 "Until PostgreSQL is probed; 0 unless the breaker is open")),
      size_(metrics.gauge("marquee_postgres_pool_size", "Connections to PostgreSQL at most")),
      open_(metrics.gauge("marquee_postgres_pool_open", "Connections to PostgreSQL now")),
      in_use_(metrics.gauge("marquee_postgres_pool_in_use",
                            "Connections to PostgreSQL that are at work")),
      waiting_(metrics.gauge("marquee_postgres_pool_waiting",
                             "Calls that wait for a connection to PostgreSQL")),
      left_alone_(refused(metrics, "breaker")),
      none_free_(refused(metrics, "no_connection")),
      breaker_opened_(metrics.counter("marquee_postgres_breaker_opened_total",
                                      "Times that PostgreSQL was found away")),
      missed_deadlines_(metrics.counter("marquee_postgres_deadlines_missed_total",
                                        "Waits for PostgreSQL that reached their deadline")) {}

void PostgresPoolMetrics::show(const PostgresPoolCounts& now) {
  up_.set(now.breaker == CircuitBreaker::State::kClosed ? 1 : 0);
  breaker_.set(static_cast<double>(now.breaker));
  until_probe_.set(std::chrono::duration<double>(now.until_probe).count());
  size_.set(static_cast<double>(now.size));
  open_.set(static_cast<double>(now.open));
  in_use_.set(static_cast<double>(now.in_use));
  waiting_.set(static_cast<double>(now.waiting));
  left_alone_.add(static_cast<double>(now.left_alone - shown_.left_alone));
  none_free_.add(static_cast<double>(now.none_free - shown_.none_free));
  breaker_opened_.add(static_cast<double>(now.breaker_opened - shown_.breaker_opened));
  missed_deadlines_.add(static_cast<double>(now.missed_deadlines - shown_.missed_deadlines));
  shown_ = now;
}

}  // namespace marquee::postgres
