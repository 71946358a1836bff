#pragma once

#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/parameters.h"
#include "adapters/postgres/rows.h"
#include "base/result.h"
#include "domain/event.h"

namespace marquee::postgres {

/// The columns in which `interactions` and `dead_letters` hold an event, but for its viewer: read
/// and written in this order. Types are the stored numbers of EventType.
inline constexpr const char* kEventColumns =
    "event_id, movie_id, event_type, value, session_id, list_id, position, undoes, ts, accepted_at";
inline constexpr int kEventColumnCount = 10;

/// The same columns of many events, one array each, for unnest().
class EventColumns {
 public:
  void add(const Event& event);
  /// Adds the arrays as the next kEventColumnCount parameters.
  void append_to(Parameters& parameters) const;
  /// "$3::uuid[], $4::text[], …": the parameters from `first` on, as append_to() adds them.
  static std::string placeholders(int first);

 private:
  ArrayColumn event_ids_{TypeOid::kUuid};
  ArrayColumn movie_ids_{TypeOid::kText};
  ArrayColumn types_{TypeOid::kInt2};
  ArrayColumn values_{TypeOid::kFloat8};
  ArrayColumn session_ids_{TypeOid::kText};
  ArrayColumn list_ids_{TypeOid::kText};
  ArrayColumn positions_{TypeOid::kInt4};
  ArrayColumn undoes_{TypeOid::kUuid};
  ArrayColumn times_{TypeOid::kInt8};
  ArrayColumn accepted_{TypeOid::kInt8};
};

/// The event whose columns begin at `first`. kDataLoss when they hold none.
Result<Event> read_event(const Rows& rows, int row, int first, UserId user);

}  // namespace marquee::postgres
