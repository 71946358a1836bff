#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "domain/ids.h"
#include "domain/offset.h"

namespace marquee {

/// What an embedded log must remember of an event to recognise its repeat.
struct KnownEvent {
  Offset offset;
  std::uint64_t fingerprint = 0;
  std::int64_t accepted_at_ms = 0;
};

/// The older part of the deduplication window, on disk: events that the fold has passed. The log
/// itself remembers only those from the fold's cursor on.
///
/// Threads: any. Contract: covered by ports/contract/profile_store_contract.h.
class KnownEvents {
 public:
  KnownEvents() = default;
  KnownEvents(const KnownEvents&) = delete;
  KnownEvents& operator=(const KnownEvents&) = delete;
  virtual ~KnownEvents() = default;

  /// The first event of this viewer under this id that came through the log (imported history is
  /// not known here); none when there is none.
  virtual Result<std::optional<KnownEvent>> find_known(const UserId& user,
                                                       const EventId& id) const = 0;
};

}  // namespace marquee
