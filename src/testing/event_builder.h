#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "domain/event.h"
#include "domain/movie.h"
#include "ports/event_log.h"
#include "ports/profile_store.h"

namespace marquee::testing {

inline constexpr std::int64_t kTestEpochMs = 1'735'689'600'000;  // 2025-01-01T00:00:00Z

/// The same version 7 id for the same number; larger numbers sort later.
inline EventId test_event_id(std::uint64_t number) {
  return Uuid::v7_from(kTestEpochMs + static_cast<std::int64_t>(number), 0, number);
}

/// An Event from the few fields a test is about:
///
///     EventBuilder("u1", "m1", EventType::kRating).id(7).value(4.5).build()
///
/// Without id() the id follows from the other fields, so two events that differ have two ids.
class EventBuilder {
 public:
  EventBuilder(std::string user, std::string movie, EventType type = EventType::kClick) {
    event_.user_id = UserId(std::move(user));
    event_.movie_id = MovieId(std::move(movie));
    event_.type = type;
    event_.ts_ms = kTestEpochMs;
    event_.accepted_at_ms = kTestEpochMs;
  }

  EventBuilder& id(std::uint64_t number) {
    id_ = test_event_id(number);
    return *this;
  }
  EventBuilder& value(double value) {
    event_.value = value;
    return *this;
  }
  EventBuilder& session(std::string session) {
    event_.session_id = SessionId(std::move(session));
    return *this;
  }
  EventBuilder& list(std::string list, std::optional<std::int32_t> position = std::nullopt) {
    event_.list_id = ListId(std::move(list));
    event_.position = position;
    return *this;
  }
  EventBuilder& undoes(std::uint64_t number) {
    event_.undoes = test_event_id(number);
    return *this;
  }
  /// When it happened and was accepted, in milliseconds after kTestEpochMs.
  EventBuilder& at(std::int64_t after_ms) {
    event_.ts_ms = kTestEpochMs + after_ms;
    event_.accepted_at_ms = event_.ts_ms;
    return *this;
  }

  Event build() const {
    Event event = event_;
    event.event_id = id_ ? *id_ : id_from_fields();
    return event;
  }
  /// As it stands in the embedded log at `sequence`.
  LogRecord record(std::uint64_t sequence) const {
    return LogRecord{Offset{Offset::kEmbedded, sequence}, build(), fingerprint()};
  }
  PendingEvent pending() const { return PendingEvent{build(), fingerprint()}; }
  /// As the fold stores it: `seq` in the viewer's history, from `sequence` of the embedded log, or
  /// imported when there is none.
  AppliedEvent applied(std::uint64_t seq, std::optional<std::uint64_t> sequence) const {
    AppliedEvent applied;
    applied.event = build();
    applied.seq = seq;
    if (sequence) applied.offset = Offset{Offset::kEmbedded, *sequence};
    applied.fingerprint = sequence ? fingerprint() : 0;
    applied.applied_at_ms = applied.event.accepted_at_ms + 5;
    return applied;
  }
  std::uint64_t fingerprint() const { return stable_hash(text()); }

 private:
  std::string text() const {
    return event_.user_id.value() + '|' + event_.movie_id.value() + '|' +
           std::string(to_string(event_.type)) + '|' + std::to_string(event_.value.value_or(-1)) +
           '|' + (event_.list_id ? event_.list_id->value() : "") + '|' +
           (event_.undoes ? event_.undoes->to_string() : "") + '|' + std::to_string(event_.ts_ms);
  }
  EventId id_from_fields() const {
    return Uuid::v7_from(event_.ts_ms, stable_hash(text()), stable_hash(text() + "#"));
  }

  Event event_;
  std::optional<EventId> id_;
};

inline Movie test_movie(std::string id, std::string title = "A Film",
                        std::optional<int> year = 1999,
                        std::vector<std::string> genres = {"Drama"}) {
  return Movie{MovieId(std::move(id)), std::move(title), year, std::move(genres)};
}

}  // namespace marquee::testing
