#include "adapters/embedded/sqlite/event_row.h"

#include <algorithm>
#include <cstring>

#include "adapters/embedded/sqlite/optional_id.h"

namespace marquee::embedded {
namespace {

Error damaged(const UserId& user) {
  return Error{ErrorCode::kDataLoss,
               "a stored event of viewer '" + user.value() + "' is damaged; run 'marquee rebuild'"};
}

}  // namespace

std::optional<EventId> read_event_id(const SqliteQuery& query, int column) {
  const auto bytes = query.blob(column);
  Uuid::Bytes id{};
  if (bytes.size() != id.size()) return std::nullopt;
  std::memcpy(id.data(), bytes.data(), id.size());
  return EventId(id);
}

void bind_event_id(SqliteQuery& query, const EventId& id) {
  query.bind_blob(std::as_bytes(std::span(id.bytes())));
}

void bind_event(SqliteQuery& query, const Event& event) {
  bind_event_id(query, event.event_id);
  query.bind(std::string_view(event.movie_id.value()));
  query.bind(static_cast<std::int64_t>(event.type));
  query.bind(event.value);
  bind_optional_id(query, event.session_id);
  bind_optional_id(query, event.list_id);
  if (event.position) {
    query.bind(std::int64_t{*event.position});
  } else {
    query.bind_null();
  }
  if (event.undoes) {
    bind_event_id(query, *event.undoes);
  } else {
    query.bind_null();
  }
  query.bind(event.ts_ms).bind(event.accepted_at_ms);
}

Result<Event> read_event(const SqliteQuery& query, int first, UserId user) {
  const auto id = read_event_id(query, first);
  const std::int64_t type = query.i64(first + 2);
  if (!id || type < 0 || type > static_cast<std::int64_t>(EventType::kUndo)) return damaged(user);
  Event event;
  event.event_id = *id;
  event.user_id = std::move(user);
  event.movie_id = MovieId(query.string(first + 1));
  event.type = static_cast<EventType>(type);
  if (!query.is_null(first + 3)) event.value = query.real(first + 3);
  event.session_id = read_optional_id<SessionId>(query, first + 4);
  event.list_id = read_optional_id<ListId>(query, first + 5);
  if (!query.is_null(first + 6)) event.position = static_cast<std::int32_t>(query.i64(first + 6));
  event.undoes = read_event_id(query, first + 7);
  if (!event.undoes && !query.is_null(first + 7)) return damaged(event.user_id);
  event.ts_ms = query.i64(first + 8);
  event.accepted_at_ms = query.i64(first + 9);
  return event;
}

}  // namespace marquee::embedded
