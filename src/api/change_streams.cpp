#include "api/change_streams.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/time_text.h"

namespace marquee::api {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadMax = 256;
constexpr milliseconds kPatience{250};  // of one wait; how late a heartbeat or the end may be

/// Of a viewer without events there is no id to resume from, and the empty one makes an EventSource
/// forget what it had.
std::string list_changed(const std::optional<Offset>& offset) {
  if (!offset) return "event: list_changed\nid:\ndata: {\"offset\":null}\n\n";
  return fmt::format("event: list_changed\nid: {0}\ndata: {{\"offset\":\"{0}\"}}\n\n",
                     offset->to_string());
}

std::string event_told(const LogRecord& record) {
  const Event& event = record.event;
  JsonWriter json;
  json.begin_object().member("event_id", event.event_id.to_string());
  json.member("user_id", event.user_id.value()).member("movie_id", event.movie_id.value());
  json.member("event_type", to_string(event.type)).member_or_null("value", event.value);
  json.member("ts", format_rfc3339(event.ts_ms));
  json.member("accepted_at", format_rfc3339(event.accepted_at_ms)).end_object();
  return fmt::format("event: event\nid: {}\ndata: {}\n\n", record.offset.to_string(), json.take());
}

/// What a stream opens with. A block without data dispatches nothing, but its id is what a client
/// will resume from.
std::string opening(const std::optional<Offset>& last) {
  return last ? fmt::format("retry: 2000\nid: {}\n\n", last->to_string()) : "retry: 2000\n\n";
}

bool holds(const EventLog& log, const Offset& offset) {
  return !log.begin().includes(offset) && log.end().includes(offset);
}

/// Whether a viewer whose last event is `last` may miss something who has seen `seen`. An id that
/// the log does not hold may be another log's, or of events that a restored backup lacks. One that
/// it holds is no news while the fold has yet to pass it again.
bool is_news(const EventLog& log, const std::optional<Offset>& last,
             const std::optional<Offset>& seen) {
  if (!seen || last == seen) return false;
  const bool more = last && (last->partition != seen->partition || last->sequence > seen->sequence);
  return more || !holds(log, *seen);
}

/// One that has no room is not keeping up; it resumes by its last id when it comes back.
void write_or_end(const http::StreamWriter& writer, std::string_view text) {
  if (!writer.write(text)) writer.finish();
}

}  // namespace

ChangeStreams::ChangeStreams(EventLog& log, FoldedState& state, const Clock& clock, Options options)
    : log_(log),
      state_(state),
      clock_(clock),
      options_(options),
      last_beat_(clock.steady()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

ChangeStreams::~ChangeStreams() {
  thread_.request_stop();
  thread_.join();
  for (const auto& [user, follower] : viewers_) follower.writer.finish();
  for (const http::StreamWriter& writer : followers_of_all_) writer.finish();
}

std::shared_ptr<http::StreamReader> ChangeStreams::follow_viewer(
    const UserId& user, const std::optional<Offset>& last_seen) {
  auto [writer, reader] = http::make_stream(options_.bytes_max);
  const std::lock_guard lock(mutex_);
  if (!has_room()) return nullptr;
  note_first();
  // Read after begin_at_ is set: what is applied later is told by the thread, all else is here.
  const auto profile = state_.find(user);
  const auto last = profile ? profile->last_offset : std::nullopt;
  writer.write(opening(last_seen ? last_seen : last));
  if (is_news(log_, last, last_seen)) writer.write(list_changed(last));
  viewers_.emplace(user, Follower{std::move(writer), last});
  first_came_.notify_one();
  return reader;
}

std::shared_ptr<http::StreamReader> ChangeStreams::follow_all() {
  auto [writer, reader] = http::make_stream(options_.bytes_max);
  const std::lock_guard lock(mutex_);
  if (!has_room()) return nullptr;
  note_first();
  writer.write(opening(std::nullopt));
  followers_of_all_.push_back(std::move(writer));
  first_came_.notify_one();
  return reader;
}

QueueState ChangeStreams::streams() const {
  const std::lock_guard lock(mutex_);
  return {open(), options_.streams_max, refused_};
}

bool ChangeStreams::has_room() {
  if (open() >= options_.streams_max) forget_ended();
  if (open() < options_.streams_max) return true;
  ++refused_;
  return false;
}

void ChangeStreams::note_first() {
  if (open() == 0) begin_at_ = state_.applied();
}

void ChangeStreams::forget_ended() {
  std::erase_if(viewers_, [](const auto& follower) { return follower.second.writer.has_ended(); });
  std::erase_if(followers_of_all_, [](const auto& writer) { return writer.has_ended(); });
}

void ChangeStreams::run(const std::stop_token& stop) {
  Cursor cursor;
  while (wait_for_streams(stop, cursor)) {
    auto batch = log_.read(cursor, kReadMax, kPatience);
    if (!batch.ok()) {  // it is the log's to say so to operators; streams only fall silent
      std::unique_lock lock(mutex_);
      first_came_.wait_for(lock, stop, kPatience, [] { return false; });
    } else if (!batch->records.empty() && wait_until_applied(batch->records, stop)) {
      tell(batch->records);
      cursor = std::move(batch->next);
    }
    beat();
  }
}

/// False when it is time to end. `cursor` moves to where the first to follow came in.
bool ChangeStreams::wait_for_streams(const std::stop_token& stop, Cursor& cursor) {
  std::unique_lock lock(mutex_);
  forget_ended();
  if (!first_came_.wait(lock, stop, [this] { return open() > 0; })) return false;
  if (begin_at_) cursor = *std::exchange(begin_at_, std::nullopt);
  return !stop.stop_requested();
}

bool ChangeStreams::wait_until_applied(const std::vector<LogRecord>& records,
                                       const std::stop_token& stop) {
  struct Signal {
    std::mutex mutex;
    std::condition_variable_any applied;
    bool is_applied = false;
  };
  const auto includes_all = [&] {
    const Cursor applied = state_.applied();
    for (const LogRecord& record : records) {
      if (!applied.includes(record.offset)) return false;
    }
    return true;
  };
  if (includes_all()) return true;
  const auto signal = std::make_shared<Signal>();  // the state may call back after this wait
  state_.when_applied(records.back().offset, clock_.steady() + kPatience, [signal](bool applied) {
    const std::lock_guard lock(signal->mutex);
    signal->is_applied = applied;
    signal->applied.notify_one();
  });
  {
    std::unique_lock lock(signal->mutex);
    signal->applied.wait_for(lock, stop, kPatience, [&] { return signal->is_applied; });
  }
  return includes_all();
}

void ChangeStreams::tell(const std::vector<LogRecord>& records) {
  const std::lock_guard lock(mutex_);
  std::map<UserId, Offset> last_of;
  for (const LogRecord& record : records) {
    if (viewers_.contains(record.event.user_id)) last_of[record.event.user_id] = record.offset;
    if (followers_of_all_.empty() || is_reserved(record.event.user_id)) continue;
    const std::string text = event_told(record);
    for (const http::StreamWriter& writer : followers_of_all_) write_or_end(writer, text);
  }
  for (const auto& [user, offset] : last_of) {
    const auto [first, end] = viewers_.equal_range(user);
    for (auto follower = first; follower != end; ++follower) {
      auto& [writer, known] = follower->second;
      // What was applied when it came, it was told then.
      if (known && known->partition == offset.partition && known->sequence >= offset.sequence) {
        continue;
      }
      known = offset;
      write_or_end(writer, list_changed(offset));
    }
  }
}

void ChangeStreams::beat() {
  const std::lock_guard lock(mutex_);
  if (clock_.steady() - last_beat_ < options_.heartbeat) return;
  last_beat_ = clock_.steady();
  for (const auto& [user, follower] : viewers_) write_or_end(follower.writer, ":\n\n");
  for (const http::StreamWriter& writer : followers_of_all_) write_or_end(writer, ":\n\n");
}

}  // namespace marquee::api
