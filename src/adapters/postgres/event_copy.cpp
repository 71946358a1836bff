#include "adapters/postgres/event_copy.h"

#include <optional>

#include <fmt/format.h>

#include "adapters/postgres/copy_rows.h"
#include "adapters/postgres/event_row.h"

namespace marquee::postgres {
namespace {

constexpr std::uint16_t kColumns = 2 + kEventColumnCount + 5;

template <typename Id>
void add_id(CopyRows& rows, const std::optional<Id>& id) {
  if (id) {
    rows.add(id->value());
  } else {
    rows.add_null();
  }
}

/// In the order of kEventColumns.
void add_event(CopyRows& rows, const Event& event) {
  rows.add_uuid(event.event_id).add(event.movie_id.value());
  rows.add_int2(static_cast<std::int16_t>(event.type));
  if (event.value) {
    rows.add_real(*event.value);
  } else {
    rows.add_null();
  }
  add_id(rows, event.session_id);
  add_id(rows, event.list_id);
  if (event.position) {
    rows.add_int4(*event.position);
  } else {
    rows.add_null();
  }
  if (event.undoes) {
    rows.add_uuid(*event.undoes);
  } else {
    rows.add_null();
  }
  rows.add_int8(event.ts_ms).add_int8(event.accepted_at_ms);
}

void add_row(CopyRows& rows, const AppliedEvent& one) {
  rows.begin(kColumns).add(one.event.user_id.value());
  rows.add_int8(static_cast<std::int64_t>(one.seq));
  add_event(rows, one.event);
  if (one.offset) {
    rows.add_int4(one.offset->partition);
    rows.add_int8(static_cast<std::int64_t>(one.offset->sequence));
  } else {
    rows.add_null().add_null();
  }
  rows.add_int8(static_cast<std::int64_t>(one.fingerprint)).add_bool(one.undone);
  rows.add_int8(one.applied_at_ms);
}

}  // namespace

Result<void> copy_events(PostgresTransaction& transaction,
                         const std::vector<AppliedEvent>& applied) {
  static const std::string kSql = fmt::format(
      "COPY interactions(user_id, seq, {}, partition, sequence, fingerprint, undone, applied_at) "
      "FROM STDIN (FORMAT binary)",
      kEventColumns);
  auto next = applied.begin();
  return transaction.copy_in(kSql, [&]() -> Result<std::string> {
    CopyRows rows;
    for (; next != applied.end() && rows.bytes() < kCopyPieceBytes; ++next) add_row(rows, *next);
    return rows.take();
  });
}

}  // namespace marquee::postgres
