#pragma once

#include <optional>

#include "adapters/embedded/sqlite/connection.h"
#include "base/result.h"
#include "domain/event.h"

namespace marquee::embedded {

/// The columns in which `interactions` and `dead_letters` hold an event, but for its viewer:
/// bound and read in this order. Types are the stored numbers of EventType.
inline constexpr const char* kEventColumns =
    "event_id, movie_id, event_type, value, session_id, list_id, position, undoes, ts, accepted_at";
inline constexpr int kEventColumnCount = 10;

void bind_event_id(SqliteQuery& query, const EventId& id);
/// None when the column holds none.
std::optional<EventId> read_event_id(const SqliteQuery& query, int column);
void bind_event(SqliteQuery& query, const Event& event);
/// Reads the columns from `first` on. kDataLoss when they hold no event.
Result<Event> read_event(const SqliteQuery& query, int first, UserId user);

}  // namespace marquee::embedded
