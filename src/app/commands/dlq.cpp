#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/storage/storage.h"
#include "base/json_writer.h"
#include "base/time_text.h"
#include "formats/event_json.h"
#include "speed/fold.h"

namespace marquee::app::commands {
namespace {

constexpr std::size_t kAll = 1'000'000;

bool can_be_folded(const DeadLetter& letter) { return speed::check_foldable(letter.event).ok(); }

void print_json(const std::vector<DeadLetter>& letters) {
  JsonWriter writer;
  writer.begin_object().key("items").begin_array();
  for (const DeadLetter& letter : letters) {
    std::string event;
    formats::append_event_json(event, letter.event);
    writer.begin_object().member("offset", letter.offset.to_string());
    writer.member("reason", letter.reason).member("foldable", can_be_folded(letter));
    writer.key("event").raw(event).end_object();
  }
  fmt::print("{}\n", writer.end_array().end_object().text());
}

void print_table(const std::vector<DeadLetter>& letters) {
  fmt::print("{:12} {:24} {:20} {:20} {:16} {}\n", "OFFSET", "ACCEPTED", "USER", "MOVIE", "EVENT",
             "REASON");
  for (const DeadLetter& letter : letters) {
    fmt::print("{:12} {:24} {:20} {:20} {:16} {}\n", letter.offset.to_string(),
               format_rfc3339(letter.event.accepted_at_ms), letter.event.user_id.value(),
               letter.event.movie_id.value(), to_string(letter.event.type), letter.reason);
  }
}

}  // namespace

Result<void> dlq_list(const LoadedSettings& loaded, std::size_t limit, bool json) {
  MARQUEE_TRY(const auto storage, Storage::open_reader(loaded.settings));
  MARQUEE_TRY(const auto letters, storage->stores->profiles.dead_letters(limit));
  if (json) {
    print_json(letters);
  } else if (letters.empty()) {
    fmt::print("no dead letters\n");
  } else {
    print_table(letters);
  }
  return {};
}

Result<void> dlq_replay(const LoadedSettings& loaded) {
  std::ptrdiff_t foldable = 0;
  {
    MARQUEE_TRY(const auto storage, Storage::open_reader(loaded.settings));
    MARQUEE_TRY(const auto letters, storage->stores->profiles.dead_letters(kAll));
    foldable = std::count_if(letters.begin(), letters.end(), can_be_folded);
    fmt::print("{} dead letters, {} of which this version can fold\n", letters.size(), foldable);
  }
  return foldable == 0 ? Result<void>() : rebuild(loaded, false);
}

}  // namespace marquee::app::commands
