#include "ingest/validate.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/time_text.h"
#include "domain/event_fingerprint.h"

namespace marquee::ingest {
namespace {

constexpr const char* kIdGrammar = "must be 1-128 characters of A-Z a-z 0-9 _ . : @ -";

/// One walk over a draft that collects what is wrong with it.
class Checker {
 public:
  Checker(const EventDraft& draft, std::int64_t now_ms, const Ingestor::Options& options,
          Sender sender)
      : draft_(draft), now_ms_(now_ms), options_(options), sender_(sender) {}

  CheckedDraft run() && {
    Event& event = checked_.event;
    event.user_id = UserId(id("user_id", draft_.user_id, true).value_or(""));
    if (sender_ == Sender::kClient && is_reserved(event.user_id)) {
      fail("user_id", "must not begin with marquee: (those are the server's own viewers)");
    }
    event.movie_id = MovieId(id("movie_id", draft_.movie_id, true).value_or(""));
    check_type();
    check_value();
    check_event_id();
    if (auto text = id("session_id", draft_.session_id, false)) event.session_id = SessionId(*text);
    if (auto text = id("list_id", draft_.list_id, false)) event.list_id = ListId(*text);
    check_position();
    check_timestamp();
    check_undoes();
    return std::move(checked_);
  }

 private:
  void fail(std::string field, std::string detail) {
    checked_.errors.push_back({std::move(field), std::move(detail)});
  }

  std::optional<std::string> id(const char* field, const std::optional<std::string>& text,
                                bool required) {
    if (!text) {
      if (required) fail(field, "is missing");
      return std::nullopt;
    }
    if (!is_valid_id(*text)) {
      fail(field, kIdGrammar);
      return std::nullopt;
    }
    return text;
  }

  void check_type() {
    if (!draft_.event_type) return fail("event_type", "is missing");
    type_ = parse_event_type(*draft_.event_type);
    if (!type_) {
      return fail("event_type",
                  "must be one of impression, click, view, rating, like, dislike, watchlist_add, "
                  "watchlist_remove, not_interested, search_click, undo");
    }
    checked_.event.type = *type_;
  }

  void check_value() {
    const std::optional<double> value = draft_.value;
    checked_.event.value = value;
    if (value && !std::isfinite(*value)) return fail("value", "must be a finite number");
    if (!type_) return;
    if (*type_ == EventType::kRating) {
      if (!value) return fail("value", "is missing: a rating needs 0.5-5");
      if (*value < kRatingMin || *value > kRatingMax)
        fail("value", "must be in 0.5-5 for a rating");
    } else if (*type_ == EventType::kView) {
      if (value && (*value < 0 || *value > kViewMax)) fail("value", "must be in 0-1 for a view");
    } else if (value) {
      fail("value", fmt::format("is not allowed for {}", to_string(*type_)));
    }
  }

  void check_event_id() {
    if (!draft_.event_id) {
      checked_.event.event_id = Uuid::v7(now_ms_);
      return;
    }
    const std::optional<Uuid> id = Uuid::parse(*draft_.event_id);
    if (!id || !id->is_v7()) return fail("event_id", "must be a UUID of version 7");
    const std::int64_t id_ms = id->v7_ms();
    if (id_ms < now_ms_ - options_.window_ms) {
      return fail("event_id", fmt::format("its time is older than {} hours; server_time is {}",
                                          options_.window_ms / 3'600'000, format_rfc3339(now_ms_)));
    }
    if (id_ms > now_ms_ + options_.ahead_max_ms) {
      return fail("event_id",
                  fmt::format("its time is more than {} seconds ahead; server_time is {}",
                              options_.ahead_max_ms / 1'000, format_rfc3339(now_ms_)));
    }
    checked_.event.event_id = *id;
  }

  void check_position() {
    if (!draft_.position) return;
    const double position = *draft_.position;
    // written so that NaN fails
    if (!(position >= 1 && position <= kPositionMax) || position != std::floor(position)) {
      return fail("position", "must be a whole number in 1-10000");
    }
    checked_.event.position = static_cast<std::int32_t>(position);
  }

  void check_timestamp() {
    checked_.event.ts_ms = now_ms_;
    if (!draft_.timestamp) return;
    const Result<std::int64_t> ts_ms = parse_rfc3339(*draft_.timestamp);
    if (!ts_ms) return fail("timestamp", "must be an RFC 3339 time such as 2025-01-03T02:00:00Z");
    if (*ts_ms < options_.ts_min_ms) {
      return fail("timestamp",
                  fmt::format("must not be before {}", format_rfc3339(options_.ts_min_ms)));
    }
    if (*ts_ms > now_ms_ + options_.ahead_max_ms) {
      return fail("timestamp", fmt::format("is more than {} seconds ahead; server_time is {}",
                                           options_.ahead_max_ms / 1'000, format_rfc3339(now_ms_)));
    }
    checked_.event.ts_ms = *ts_ms;
  }

  void check_undoes() {
    const bool is_undo = type_ == EventType::kUndo;
    if (!draft_.undoes) {
      if (is_undo) fail("undoes", "is missing: an undo names the event_id it takes back");
      return;
    }
    if (type_ && !is_undo) {
      return fail("undoes", fmt::format("is not allowed for {}", to_string(*type_)));
    }
    const std::optional<Uuid> id = Uuid::parse(*draft_.undoes);
    if (!id || !id->is_v7()) return fail("undoes", "must be a UUID of version 7");
    checked_.event.undoes = *id;
  }

  const EventDraft& draft_;
  const std::int64_t now_ms_;
  const Ingestor::Options& options_;
  const Sender sender_;
  std::optional<EventType> type_;
  CheckedDraft checked_;
};

}  // namespace

CheckedDraft check_draft(const EventDraft& draft, std::int64_t now_ms,
                         const Ingestor::Options& options, Sender sender) {
  return Checker(draft, now_ms, options, sender).run();
}

std::uint64_t fingerprint_of(const EventDraft& draft) {
  return marquee::fingerprint_of(SentFields{draft.movie_id, draft.event_type, draft.value,
                                            draft.session_id, draft.list_id, draft.position,
                                            draft.timestamp, draft.undoes});
}

}  // namespace marquee::ingest
