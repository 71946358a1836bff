#pragma once

#include <cstdint>
#include <vector>

#include "ingest/ingestor.h"

namespace marquee::ingest {

/// A checked draft: the event it describes, or every field that is wrong.
struct CheckedDraft {
  Event event;                     ///< meaningful when `errors` is empty; accepted_at_ms is 0
  std::vector<DraftError> errors;  ///< in the order of EventDraft's fields
};

/// Holds `draft` against every rule of the interface at server time `now_ms`. Pure but for a
/// missing event_id, which is drawn at random; a missing timestamp becomes `now_ms`.
///
///   user_id, movie_id, event_type   required; ids follow is_valid_id(), and a client's user_id
///                                   is not reserved
///   session_id, list_id             ids, optional
///   event_id                        UUIDv7 whose time is in [now − window, now + ahead]
///   value                           rating: required, 0.5–5; view: optional, 0–1; others: none
///   position                        whole, 1–10,000
///   timestamp                       RFC 3339 in [ts_min, now + ahead]
///   undoes                          UUIDv7; undo: required; others: none
///
/// A rating may lie between half stars: only its range is checked, so that other scales can be
/// mapped onto it.
CheckedDraft check_draft(const EventDraft& draft, std::int64_t now_ms,
                         const Ingestor::Options& options, Sender sender = Sender::kClient);

/// A hash of the fields that were sent: the same for a retry, whatever order its fields come in.
/// event_id and user_id, the key it stands beside, take no part.
std::uint64_t fingerprint_of(const EventDraft& draft);

}  // namespace marquee::ingest
