#include "scheduling/lease_keeper.h"

#include "telemetry/log.h"

namespace marquee::scheduling {

void LeaseKeeper::keep(const Lease& lease) {
  token_ = lease.token;
  renew_at_ = clock_.steady() + ttl_ / 3;
  expires_at_ = clock_.steady() + ttl_;
}

Result<void> LeaseKeeper::take() {
  MARQUEE_TRY(const auto lease, store_.acquire(holder_, ttl_.count(), clock_.wall_ms()));
  if (lease) keep(*lease);
  return {};
}

Result<std::optional<std::uint64_t>> LeaseKeeper::hold() {
  if (!token_) {
    MARQUEE_CHECK(take());
    return token_;
  }
  if (clock_.steady() < renew_at_) return token_;
  const auto renewed = store_.renew(*token_, ttl_.count(), clock_.wall_ms());
  if (renewed.ok()) {
    keep(*renewed);
    return token_;
  }
  const bool taken = renewed.error().code == ErrorCode::kFailedPrecondition;
  if (!taken && clock_.steady() < expires_at_) return token_;
  forget();
  if (!taken) return renewed.error();
  telemetry::log(telemetry::Level::kWarning, "scheduling", renewed.error().message);
  return std::optional<std::uint64_t>();
}

void LeaseKeeper::release() {
  if (token_) (void)store_.release(*token_);  // it runs out by itself otherwise
  forget();
}

}  // namespace marquee::scheduling
