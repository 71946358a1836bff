#include "adapters/embedded/sqlite/fold_origin.h"

#include <charconv>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "adapters/embedded/sqlite/event_row.h"

namespace marquee::embedded {
namespace {

/// "PARTITIONS CLUSTER TOPIC"; neither name has a space.
std::string to_text(const LogOrigin& origin) {
  return fmt::format("{} {} {}", origin.partitions, origin.cluster_id, origin.topic);
}

std::optional<LogOrigin> parse(std::string_view text) {
  LogOrigin origin;
  const char* const end = text.data() + text.size();
  const auto [at, code] = std::from_chars(text.data(), end, origin.partitions);
  if (code != std::errc{} || at == end || *at != ' ') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(at - text.data()) + 1);
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  origin.cluster_id = text.substr(0, space);
  origin.topic = text.substr(space + 1);
  return origin;
}

/// Of each partition of a shared log the last offset at which an event was applied, and whose.
Result<std::map<std::int32_t, std::pair<Offset, UserId>>> last_offsets(SqliteConnection& reader) {
  std::map<std::int32_t, std::pair<Offset, UserId>> last;
  MARQUEE_TRY(auto query, reader.prepare("SELECT user_id, last_offset FROM user_profiles "
                                         "WHERE last_offset LIKE 'k:%'"));
  for (;;) {
    MARQUEE_TRY(const bool row, query.step());
    if (!row) return last;
    const auto offset = Offset::parse(query.string(1));
    UserId user(query.string(0));
    if (!offset || is_reserved(user)) continue;  // reserved viewers have no history
    const auto [known, first] = last.try_emplace(offset->partition, *offset, user);
    if (!first && known->second.first < *offset) known->second = {*offset, std::move(user)};
  }
}

}  // namespace

Result<std::optional<LogOrigin>> SqliteFoldOrigin::origin() const {
  return database_.read([](SqliteConnection& reader) -> Result<std::optional<LogOrigin>> {
    MARQUEE_TRY(auto query, reader.prepare("SELECT value FROM meta WHERE key = 'folded_from'"));
    MARQUEE_TRY(const bool row, query.step());
    return row ? parse(query.string(0)) : std::nullopt;
  });
}

Result<void> SqliteFoldOrigin::set_origin(const LogOrigin& origin) {
  return database_.write(
      SqliteDatabase::Sync::kFull, [&](SqliteConnection& writer) -> Result<void> {
        MARQUEE_TRY(auto upsert, writer.prepare("INSERT INTO meta VALUES('folded_from', ?) "
                                                "ON CONFLICT(key) DO UPDATE SET "
                                                "value = excluded.value"));
        const std::string text = to_text(origin);
        return upsert.bind(std::string_view(text)).run();
      });
}

Result<std::vector<FoldedEvent>> SqliteFoldOrigin::last_applied() const {
  return database_.read([](SqliteConnection& reader) -> Result<std::vector<FoldedEvent>> {
    MARQUEE_TRY(const auto offsets, last_offsets(reader));
    static const std::string kSql = fmt::format(
        "SELECT {} FROM interactions WHERE user_id = ? AND partition = ? AND sequence = ?",
        kEventColumns);
    std::vector<FoldedEvent> last;
    for (const auto& [partition, at] : offsets) {
      MARQUEE_TRY(auto query, reader.prepare(kSql));
      query.bind(std::string_view(at.second.value()))
          .bind(std::int64_t{partition})
          .bind(static_cast<std::int64_t>(at.first.sequence));
      MARQUEE_TRY(const bool row, query.step());
      if (!row) continue;
      MARQUEE_TRY(const Event event, read_event(query, 0, at.second));
      last.push_back({at.first, at.second, event.event_id});
    }
    return last;
  });
}

}  // namespace marquee::embedded
