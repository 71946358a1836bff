#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/queue_state.h"
#include "http/stream.h"
#include "ports/event_log.h"
#include "ports/folded_state.h"

namespace marquee::api {

/// Tells who follows a viewer that the viewer's list has changed, and who follows everything of
/// every event, as server-sent events (WHATWG HTML §9.2), once the event is applied.
///
/// One thread reads the log behind the fold, only while somebody follows. A stream says nothing
/// for a heartbeat at most; one that does not take what it is told is ended, and so is every stream
/// when this object goes. Thread-safe.
class ChangeStreams {
 public:
  struct Options {
    std::size_t streams_max = 1'000;
    std::size_t bytes_max = 64 << 10;  ///< of one stream, told and not yet sent
    std::chrono::seconds heartbeat{15};
  };

  /// The references must outlive the object.
  ChangeStreams(EventLog& log, FoldedState& state, const Clock& clock, Options options);
  ~ChangeStreams();
  ChangeStreams(const ChangeStreams&) = delete;
  ChangeStreams& operator=(const ChangeStreams&) = delete;

  /// `event: list_changed` with `id:` the offset of the viewer's last event, one for events that
  /// were applied together. A client that has seen `last_seen` is told at once when there is more,
  /// and when the log does not hold that event: with an empty id and a null offset when the viewer
  /// has no event. Null when too many streams are open.
  std::shared_ptr<http::StreamReader> follow_viewer(const UserId& user,
                                                    const std::optional<Offset>& last_seen);
  /// `event: event` with the event's JSON as data, from now on, but for reserved viewers'. Null
  /// when too many are open.
  std::shared_ptr<http::StreamReader> follow_all();

  /// The open streams; those that ended are counted until somebody else comes or is told.
  QueueState streams() const;

 private:
  struct Follower {
    http::StreamWriter writer;
    std::optional<Offset> known;  ///< the viewer's last event that it was told of, or came after
  };

  bool has_room();
  std::size_t open() const { return viewers_.size() + followers_of_all_.size(); }
  void note_first();
  void forget_ended();
  void run(const std::stop_token& stop);
  bool wait_for_streams(const std::stop_token& stop, Cursor& cursor);
  bool wait_until_applied(const std::vector<LogRecord>& records, const std::stop_token& stop);
  void tell(const std::vector<LogRecord>& records);
  void beat();

  EventLog& log_;
  FoldedState& state_;
  const Clock& clock_;
  const Options options_;
  mutable std::mutex mutex_;
  std::uint64_t refused_ = 0;
  std::condition_variable_any first_came_;
  std::unordered_multimap<UserId, Follower> viewers_;
  std::vector<http::StreamWriter> followers_of_all_;
  std::optional<Cursor> begin_at_;  ///< set by the first to follow after nobody did
  std::chrono::steady_clock::time_point last_beat_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace marquee::api
