#include "ingest/validate.h"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/time_text.h"

namespace marquee::ingest {
namespace {

constexpr std::int64_t kNow = 1'735'689'600'000;  // 2025-01-01T00:00:00Z
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kDay = 86'400'000;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

EventDraft click() {
  EventDraft draft;
  draft.user_id = "u1";
  draft.movie_id = "m1";
  draft.event_type = "click";
  return draft;
}

EventDraft of_type(const char* type, std::optional<double> value) {
  EventDraft draft = click();
  draft.event_type = type;
  draft.value = value;
  return draft;
}

std::vector<std::string> wrong_fields(const EventDraft& draft) {
  std::vector<std::string> fields;
  for (const DraftError& error : check_draft(draft, kNow, {}).errors) fields.push_back(error.field);
  return fields;
}

using Fields = std::vector<std::string>;

TEST(CheckDraft, TakesTheShortestEventAndFillsInIdAndTime) {
  const CheckedDraft checked = check_draft(click(), kNow, {});
  ASSERT_TRUE(checked.errors.empty());
  EXPECT_EQ(checked.event.user_id, UserId("u1"));
  EXPECT_EQ(checked.event.type, EventType::kClick);
  EXPECT_EQ(checked.event.ts_ms, kNow);
  EXPECT_TRUE(checked.event.event_id.is_v7());
  EXPECT_EQ(checked.event.event_id.v7_ms(), kNow);
  EXPECT_NE(checked.event.event_id, check_draft(click(), kNow, {}).event.event_id);
}

TEST(CheckDraft, CarriesEveryFieldOver) {
  EventDraft draft = of_type("rating", 4.5);
  const Uuid id = Uuid::v7(kNow - kDay);
  draft.event_id = id.to_string();
  draft.session_id = "s:1";
  draft.list_id = "l@1";
  draft.position = 3;
  draft.timestamp = "2024-12-31T23:00:00+01:00";
  const CheckedDraft checked = check_draft(draft, kNow, {});
  ASSERT_TRUE(checked.errors.empty());
  EXPECT_EQ(checked.event.event_id, id);
  EXPECT_EQ(checked.event.value, 4.5);
  EXPECT_EQ(checked.event.session_id, SessionId("s:1"));
  EXPECT_EQ(checked.event.list_id, ListId("l@1"));
  EXPECT_EQ(checked.event.position, 3);
  EXPECT_EQ(checked.event.ts_ms, kNow - 2 * 60 * kMinute);
}

TEST(CheckDraft, NamesEveryWrongFieldAndNotOnlyTheFirst) {
  EventDraft draft;
  draft.user_id = "a b";
  draft.event_type = "watch";
  draft.value = kNan;
  draft.event_id = "1";
  draft.session_id = "";
  draft.list_id = std::string(129, 'x');
  draft.position = 0;
  draft.timestamp = "yesterday";
  draft.undoes = "?";
  EXPECT_EQ(wrong_fields(draft),
            (Fields{"user_id", "movie_id", "event_type", "value", "event_id", "session_id",
                    "list_id", "position", "timestamp", "undoes"}));
}

TEST(CheckDraft, WantsWhatIsRequired) {
  EXPECT_EQ(wrong_fields(EventDraft{}), (Fields{"user_id", "movie_id", "event_type"}));
}

TEST(CheckDraft, HoldsIdsAgainstTheirGrammar) {
  for (const std::string& bad : {std::string(), std::string("a/b"), std::string("\xC3\xA4"),
                                 std::string("a\0b", 3), std::string(129, 'a')}) {
    EventDraft draft = click();
    draft.user_id = bad;
    EXPECT_EQ(wrong_fields(draft), Fields{"user_id"});
  }
  EventDraft longest = click();
  longest.user_id = std::string(128, 'a');
  EXPECT_TRUE(wrong_fields(longest).empty());
}

TEST(CheckDraft, TakesARatingFromHalfToFive) {
  for (const double good : {0.5, 1.0, 3.7, 5.0})
    EXPECT_EQ(wrong_fields(of_type("rating", good)), Fields{});
  for (const double bad : {0.0, 0.49, 5.01, 7.0, -1.0, kNan, kInf, -kInf}) {
    EXPECT_EQ(wrong_fields(of_type("rating", bad)), Fields{"value"}) << bad;
  }
  EXPECT_EQ(wrong_fields(of_type("rating", std::nullopt)), Fields{"value"});
}

TEST(CheckDraft, TakesAViewFromZeroToOneOrWithoutValue) {
  EXPECT_EQ(wrong_fields(of_type("view", std::nullopt)), Fields{});
  for (const double good : {0.0, 0.5, 1.0})
    EXPECT_EQ(wrong_fields(of_type("view", good)), Fields{});
  for (const double bad : {-0.1, 1.1, kNan})
    EXPECT_EQ(wrong_fields(of_type("view", bad)), Fields{"value"});
}

TEST(CheckDraft, RefusesAValueWhereItMeansNothing) {
  for (const char* type : {"impression", "click", "like", "dislike", "watchlist_add",
                           "watchlist_remove", "not_interested", "search_click"}) {
    EXPECT_EQ(wrong_fields(of_type(type, 1.0)), Fields{"value"}) << type;
    EXPECT_EQ(wrong_fields(of_type(type, std::nullopt)), Fields{}) << type;
  }
}

TEST(CheckDraft, WantsAnUndoToNameAnEvent) {
  EventDraft undo = of_type("undo", std::nullopt);
  EXPECT_EQ(wrong_fields(undo), Fields{"undoes"});
  undo.undoes = "00000000-0000-4000-8000-000000000000";  // version 4
  EXPECT_EQ(wrong_fields(undo), Fields{"undoes"});
  undo.undoes = Uuid::v7(kNow - 400 * kDay).to_string();  // what it names may be old
  EXPECT_EQ(wrong_fields(undo), Fields{});
  EXPECT_EQ(check_draft(undo, kNow, {}).event.undoes, Uuid::parse(*undo.undoes));
  undo.value = 1;
  EXPECT_EQ(wrong_fields(undo), Fields{"value"});
  EventDraft other = click();
  other.undoes = Uuid::v7(kNow).to_string();
  EXPECT_EQ(wrong_fields(other), Fields{"undoes"});
}

TEST(CheckDraft, RefusesAnIdOutsideTheWindowAndNamesServerTime) {
  const auto with_id_time = [](std::int64_t ms) {
    EventDraft draft = click();
    draft.event_id = Uuid::v7(ms).to_string();
    return draft;
  };
  EXPECT_EQ(wrong_fields(with_id_time(kNow - 7 * kDay)), Fields{});
  EXPECT_EQ(wrong_fields(with_id_time(kNow + 5 * kMinute)), Fields{});
  for (const std::int64_t bad : {kNow - 7 * kDay - 1, kNow + 5 * kMinute + 1}) {
    const CheckedDraft checked = check_draft(with_id_time(bad), kNow, {});
    ASSERT_EQ(checked.errors.size(), 1U);
    EXPECT_EQ(checked.errors[0].field, "event_id");
    EXPECT_NE(checked.errors[0].detail.find("server_time is " + format_rfc3339(kNow)),
              std::string::npos);
  }
}

TEST(CheckDraft, RefusesTimesOfOtherCenturiesAndTheFuture) {
  for (const char* bad : {"1800-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z",
                          "2025-01-01T00:05:01Z", "2025-02-30T00:00:00Z", ""}) {
    EventDraft draft = click();
    draft.timestamp = bad;
    EXPECT_EQ(wrong_fields(draft), Fields{"timestamp"}) << bad;
  }
  for (const char* good : {"1970-01-01T00:00:00Z", "2025-01-01T00:05:00Z"}) {
    EventDraft draft = click();
    draft.timestamp = good;
    EXPECT_EQ(wrong_fields(draft), Fields{}) << good;
  }
}

TEST(CheckDraft, TakesOnlyWholePositionsFromOne) {
  for (const double bad : {0.0, -1.0, 1.5, 10'001.0, 1e18, kNan, kInf}) {
    EventDraft draft = click();
    draft.position = bad;
    EXPECT_EQ(wrong_fields(draft), Fields{"position"}) << bad;
  }
  EventDraft draft = click();
  draft.position = 10'000;
  EXPECT_EQ(check_draft(draft, kNow, {}).event.position, 10'000);
}

RC_GTEST_PROP(CheckDraft, NeverCrashesAndLetsOnlyWellFormedEventsThrough, ()) {
  EventDraft draft;
  const auto text = rc::gen::maybe(
      rc::gen::oneOf(rc::gen::arbitrary<std::string>(), rc::gen::just(std::string("u1")),
                     rc::gen::just(std::string("rating")), rc::gen::just(std::string("undo")),
                     rc::gen::just(std::string("2024-05-01T00:00:00Z")),
                     rc::gen::just(Uuid::v7_from(kNow, 1, 2).to_string())));
  const auto optional_text = [&text] {
    const auto maybe = *text;
    return maybe ? std::optional(*maybe) : std::nullopt;
  };
  draft.user_id = optional_text();
  draft.movie_id = optional_text();
  draft.event_type = optional_text();
  draft.event_id = optional_text();
  draft.timestamp = optional_text();
  draft.undoes = optional_text();
  if (*rc::gen::arbitrary<bool>()) draft.value = *rc::gen::arbitrary<double>();
  if (*rc::gen::arbitrary<bool>()) draft.position = *rc::gen::arbitrary<double>();
  const CheckedDraft checked = check_draft(draft, kNow, {});
  if (!checked.errors.empty()) return;
  RC_ASSERT(is_valid_id(checked.event.user_id.value()));
  RC_ASSERT(is_valid_id(checked.event.movie_id.value()));
  RC_ASSERT(checked.event.event_id.is_v7());
  RC_ASSERT((checked.event.type == EventType::kUndo) == checked.event.undoes.has_value());
  RC_ASSERT(checked.event.ts_ms >= 0 && checked.event.ts_ms <= kNow + 5 * kMinute);
}

TEST(Fingerprint, IsTheSameForARetryAndAnotherForAnyOtherField) {
  const EventDraft first = of_type("rating", 4.0);
  EXPECT_EQ(fingerprint_of(first), fingerprint_of(first));
  std::vector<std::uint64_t> seen{fingerprint_of(first)};
  const auto changed = [&](auto change) {
    EventDraft draft = first;
    change(draft);
    const std::uint64_t print = fingerprint_of(draft);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), print), 0);
    seen.push_back(print);
  };
  changed([](EventDraft& draft) { draft.movie_id = "m2"; });
  changed([](EventDraft& draft) { draft.event_type = "view"; });
  changed([](EventDraft& draft) { draft.value = 4.5; });
  changed([](EventDraft& draft) { draft.value.reset(); });
  changed([](EventDraft& draft) { draft.session_id = "s"; });
  changed([](EventDraft& draft) { draft.list_id = "s"; });
  changed([](EventDraft& draft) { draft.position = 4; });
  changed([](EventDraft& draft) { draft.timestamp = "2025-01-01T00:00:00Z"; });
  changed([](EventDraft& draft) { draft.undoes = "x"; });
}

TEST(Fingerprint, CannotBeFooledByTextThatLooksLikeAnotherField) {
  EventDraft one = click();
  one.session_id = "a;list_id=1:b";
  EventDraft two = click();
  two.session_id = "a";
  two.list_id = "b";
  EXPECT_NE(fingerprint_of(one), fingerprint_of(two));
}

TEST(Fingerprint, DoesNotTellMinusZeroFromZero) {
  EXPECT_EQ(fingerprint_of(of_type("view", 0.0)), fingerprint_of(of_type("view", -0.0)));
}

TEST(CheckDraft, OnlyTheServerSendsEventsOfReservedViewers) {
  EventDraft draft = click();
  draft.user_id = "marquee:canary";
  EXPECT_EQ(wrong_fields(draft), Fields{"user_id"});
  EXPECT_TRUE(check_draft(draft, kNow, {}, Sender::kServer).errors.empty());
  draft.user_id = "marquee-fan";
  EXPECT_EQ(wrong_fields(draft), Fields{});
}

}  // namespace
}  // namespace marquee::ingest
