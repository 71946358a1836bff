#include "adapters/postgres/event_row.h"

#include <fmt/format.h>

#include "adapters/postgres/optional_id.h"

namespace marquee::postgres {
namespace {

Error damaged(const UserId& user) {
  return Error{ErrorCode::kDataLoss,
               "a stored event of viewer '" + user.value() + "' is damaged; run 'marquee rebuild'"};
}

}  // namespace

void EventColumns::add(const Event& event) {
  event_ids_.add(event.event_id);
  movie_ids_.add(std::string_view(event.movie_id.value()));
  types_.add(static_cast<std::int64_t>(event.type));
  values_.add(event.value);
  add_optional_id(session_ids_, event.session_id);
  add_optional_id(list_ids_, event.list_id);
  if (event.position) {
    positions_.add(std::int64_t{*event.position});
  } else {
    positions_.add_null();
  }
  undoes_.add(event.undoes);
  times_.add(event.ts_ms);
  accepted_.add(event.accepted_at_ms);
}

void EventColumns::append_to(Parameters& parameters) const {
  parameters.add(event_ids_).add(movie_ids_).add(types_).add(values_).add(session_ids_);
  parameters.add(list_ids_).add(positions_).add(undoes_).add(times_).add(accepted_);
}

std::string EventColumns::placeholders(int first) {
  constexpr const char* kTypes[kEventColumnCount] = {"uuid", "text", "int2", "float8", "text",
                                                     "text", "int4", "uuid", "int8",   "int8"};
  std::string text;
  for (int i = 0; i < kEventColumnCount; ++i) {
    text += fmt::format("{}${}::{}[]", i == 0 ? "" : ", ", first + i, kTypes[i]);
  }
  return text;
}

Result<Event> read_event(const Rows& rows, int row, int first, UserId user) {
  const auto id = rows.uuid(row, first);
  const std::int64_t type = rows.i64(row, first + 2);
  if (!id || type < 0 || type > static_cast<std::int64_t>(EventType::kUndo)) return damaged(user);
  Event event;
  event.event_id = *id;
  event.user_id = std::move(user);
  event.movie_id = MovieId(rows.string(row, first + 1));
  event.type = static_cast<EventType>(type);
  if (!rows.is_null(row, first + 3)) event.value = rows.real(row, first + 3);
  event.session_id = read_optional_id<SessionId>(rows, row, first + 4);
  event.list_id = read_optional_id<ListId>(rows, row, first + 5);
  if (!rows.is_null(row, first + 6)) event.position = rows.i32(row, first + 6);
  event.undoes = rows.uuid(row, first + 7);
  event.ts_ms = rows.i64(row, first + 8);
  event.accepted_at_ms = rows.i64(row, first + 9);
  return event;
}

}  // namespace marquee::postgres
