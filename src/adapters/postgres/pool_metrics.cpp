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
      size_(metrics.gauge("marquee_postgres_pool_size", "Connections to PostgreSQL at most")),
      open_(metrics.gauge("marquee_postgres_pool_open", "Connections to PostgreSQL now")),
      in_use_(metrics.gauge("marquee_postgres_pool_in_use",
                            "Connections to PostgreSQL that are at work")),
      waiting_(metrics.gauge("marquee_postgres_pool_waiting",
                             "Calls that wait for a connection to PostgreSQL")),
      left_alone_(refused(metrics, "breaker")),
      none_free_(refused(metrics, "no_connection")),
      breaker_opened_(metrics.counter("marquee_postgres_breaker_opened_total",
                                      "Times that PostgreSQL was found away")) {}

void PostgresPoolMetrics::show(const PostgresPoolCounts& now) {
  up_.set(now.breaker == CircuitBreaker::State::kClosed ? 1 : 0);
  size_.set(static_cast<double>(now.size));
  open_.set(static_cast<double>(now.open));
  in_use_.set(static_cast<double>(now.in_use));
  waiting_.set(static_cast<double>(now.waiting));
  left_alone_.add(static_cast<double>(now.left_alone - shown_.left_alone));
  none_free_.add(static_cast<double>(now.none_free - shown_.none_free));
  breaker_opened_.add(static_cast<double>(now.breaker_opened - shown_.breaker_opened));
  shown_ = now;
}

}  // namespace marquee::postgres
