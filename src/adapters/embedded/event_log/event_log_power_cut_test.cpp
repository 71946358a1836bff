// Cuts the power between any two disk operations of the event log, thousands of times, and checks
// what was promised: an acknowledged event is there for ever, once, unchanged, at its offset; an
// append is there whole or not at all; nothing appears that was never sent.
#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/embedded/event_log/log_directory_for_test.h"
#include "adapters/embedded/event_log/log_scan.h"
#include "adapters/embedded/event_log/record_reader.h"
#include "adapters/embedded/event_log/segment_writer.h"
#include "adapters/embedded/files/simulated_disk.h"
#include "base/rng.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;
using testing::ManualClock;

/// What went wrong over all cuts.
struct Findings {
  std::uint64_t cuts = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t torn = 0;
  std::uint64_t lost = 0;        ///< acknowledged and gone, or elsewhere, or changed
  std::uint64_t invented = 0;    ///< stored though never sent, or stored twice
  std::uint64_t halved = 0;      ///< appends of which only a part is there
  std::uint64_t unopenable = 0;  ///< the log called a power cut damage
  std::uint64_t removals = 0;    ///< that a session saw through
  std::uint64_t cut_removals = 0;
  std::string first_error;

  std::uint64_t wrong() const { return lost + invented + halved + unopenable; }
};

/// What the fold has stored: on another disk, which never fails.
class FoldedEvents final : public KnownEvents {
 public:
  Result<std::optional<KnownEvent>> find_known(const UserId& user,
                                               const EventId& id) const override {
    const auto found = known_.find({user, id});
    if (found == known_.end()) return std::optional<KnownEvent>();
    return std::optional(found->second);
  }
  void add(const LogRecord& record) {
    known_[{record.event.user_id, record.event.event_id}] = {record.offset, record.fingerprint,
                                                             record.event.accepted_at_ms};
  }

 private:
  std::map<std::pair<UserId, EventId>, KnownEvent> known_;
};

/// One log on one disk, through several power cuts.
class Life {
 public:
  Life(std::uint64_t seed, SimulatedDisk::Lies lies, Findings& findings)
      : rng_(seed), disk_(rng_.next(), lies), findings_(findings) {}

  void run() {
    constexpr int kCuts = 4;
    for (int cut = 0; cut < kCuts; ++cut) {
      disk_.cut_power_after(1 + rng_.below(40));
      session();
      disk_.power_on();
      ++findings_.cuts;
      if (!check()) return;
    }
  }

 private:
  struct Sent {
    std::vector<std::uint64_t> numbers;  ///< ids of one append's events
  };

  Result<std::unique_ptr<SegmentWriter>> open() {
    SegmentWriter::Options options;
    options.directory = kDirectory;
    options.segment_bytes_max = 3'000;
    options.grow_bytes = 1'024;
    options.verify_from = folded_end_;
    return SegmentWriter::open(disk_, options, &folded_, clock_);
  }

  /// Appends until the power fails. The program ends now and then before that: properly, killed
  /// without an end mark, or by an operation that fails.
  void session() {
    const Error broken{ErrorCode::kUnavailable, "input/output error"};
    if (rng_.below(3) == 0) disk_.fail_operation(1 + rng_.below(20), broken);
    for (int opened = 0; opened < 50; ++opened) {
      const auto writer = open();
      if (!writer.ok()) continue;
      const std::uint64_t groups = 1 + rng_.below(20);
      for (std::uint64_t i = 0; i < groups; ++i) {
        if (!send_group(**writer)) break;
        if (rng_.below(8) == 0) remove_old(**writer);
      }
      if (rng_.below(2) == 0) (void)(*writer)->close();
    }
  }

  /// A new event or, now and then, one that was sent before: mostly one of the last.
  std::uint64_t pick_number(bool repeat) {
    if (next_number_ == 0 || (!repeat && rng_.below(6) != 0)) return next_number_++;
    const std::uint64_t back = rng_.below(2) == 0 ? 6 : next_number_;
    return next_number_ - 1 - rng_.below(std::min(back, next_number_));
  }

  bool send_group(SegmentWriter& writer) {
    const bool only_repeats = rng_.below(8) == 0;
    std::vector<Sent> sent(1 + rng_.below(3));
    std::vector<std::vector<PendingEvent>> appends;
    for (Sent& one : sent) {
      auto& events = appends.emplace_back();
      const std::uint64_t count = 1 + rng_.below(4);
      for (std::uint64_t i = 0; i < count; ++i) {
        one.numbers.push_back(pick_number(only_repeats));
        events.push_back(event(one.numbers.back()).pending());
      }
    }
    const auto commit = writer.commit(std::move(appends));
    for (std::size_t i = 0; i < sent.size(); ++i) {
      appends_.push_back(sent[i].numbers);
      for (const std::uint64_t number : sent[i].numbers) ++senders_[number];
      if (!commit.outcomes[i].ok()) continue;
      for (std::size_t j = 0; j < sent[i].numbers.size(); ++j) {
        acknowledge(sent[i].numbers[j], (*commit.outcomes[i])[j].offset.sequence);
      }
    }
    return writer.health().ok();
  }

  /// Folds up to the end and removes the segments before anywhere behind it.
  void remove_old(SegmentWriter& writer) {
    RecordReader reader(writer.segments());
    const auto found = reader.read(folded_end_, writer.end(), 1'000'000);
    if (!found.ok()) return;
    for (const LogRecord& record : found->records) folded_.add(record);
    folded_end_ = found->next;
    const RetentionLimits limits{std::numeric_limits<std::int64_t>::max(), folded_end_,
                                 rng_.below(folded_end_ + 1)};
    const std::uint64_t wanted = removable_end(writer.segments(), limits);
    begin_max_ = std::max(begin_max_, wanted);
    const auto removed = writer.remove_old(limits);
    if (removed.ok()) begin_min_ = wanted;
    findings_.removals += removed.ok() && removed->segments > 0 ? 1 : 0;
    findings_.cut_removals += removed.ok() ? 0 : 1;
  }

  void acknowledge(std::uint64_t number, std::uint64_t offset) {
    ++findings_.acknowledged;
    const auto [known, fresh] = acknowledged_.emplace(number, offset);
    if (!fresh && known->second != offset) note(findings_.invented, "another offset for a repeat");
  }

  static EventBuilder event(std::uint64_t number) {
    return EventBuilder("u", "m" + std::to_string(number * 7919)).id(number);
  }

  /// Opens the log after a cut and compares it with what was promised.
  bool check() {
    const auto writer = open();
    if (!writer.ok()) {
      note(findings_.unopenable, writer.error().message);
      return false;
    }
    findings_.torn += (*writer)->recovered().scan.torn_bytes > 0 ? 1 : 0;
    RecordReader reader((*writer)->segments());
    const std::uint64_t begin = (*writer)->segments().first()->header.first_offset;
    if (begin < begin_min_ || begin > begin_max_) note(findings_.lost, "the log begins elsewhere");
    begin_min_ = begin;
    const auto found = reader.read(begin, (*writer)->end(), 1'000'000);
    if (!found.ok() || found->next != (*writer)->end()) {
      note(findings_.lost, found.ok() ? "the log ends early" : found.error().message);
      return false;
    }
    std::map<std::uint64_t, std::uint64_t> stored;
    for (const LogRecord& record : found->records) compare(record, stored);
    for (const auto& [number, offset] : acknowledged_) {
      if (offset < begin) continue;  // removed
      const auto at = stored.find(number);
      if (at == stored.end() || at->second != offset) note(findings_.lost, "an event is gone");
    }
    if (leftovers_before(begin)) {
      note(findings_.invented, "a removed segment is still there");
    }
    for (const auto& numbers : appends_) check_whole(numbers, stored);
    // What a start reports as stored is acknowledged to whoever sends it again.
    for (const auto& [number, offset] : stored) acknowledged_.emplace(number, offset);
    appends_.clear();
    return true;
  }

  bool leftovers_before(std::uint64_t begin) {
    const auto offsets = list_segments(disk_, kDirectory);
    return !offsets.ok() || offsets->empty() || offsets->front() < begin;
  }

  void compare(const LogRecord& record, std::map<std::uint64_t, std::uint64_t>& stored) {
    const auto number =
        static_cast<std::uint64_t>(record.event.event_id.v7_ms() - testing::kTestEpochMs);
    Event expected = event(number).build();
    expected.accepted_at_ms = record.event.accepted_at_ms;
    if (number >= next_number_ || record.event != expected) {
      note(findings_.invented, "an event nobody sent");
    }
    if (!stored.emplace(number, record.offset.sequence).second) {
      note(findings_.invented, "an event stored twice");
    }
  }

  /// Events that only one append sent are there together or not at all.
  void check_whole(const std::vector<std::uint64_t>& numbers,
                   const std::map<std::uint64_t, std::uint64_t>& stored) {
    std::size_t own = 0, here = 0;
    for (const std::uint64_t number : numbers) {
      if (senders_[number] != 1) continue;
      ++own;
      here += stored.count(number);
    }
    if (here != 0 && here != own) note(findings_.halved, "a part of an append");
  }

  void note(std::uint64_t& counter, const std::string& what) {
    ++counter;
    if (findings_.first_error.empty()) findings_.first_error = what;
  }

  Rng rng_;
  ManualClock clock_;
  SimulatedDisk disk_;
  Findings& findings_;
  FoldedEvents folded_;
  std::uint64_t folded_end_ = 0;
  std::uint64_t begin_min_ = 0;  ///< the log begins between these
  std::uint64_t begin_max_ = 0;
  std::uint64_t next_number_ = 0;
  std::map<std::uint64_t, std::uint64_t> acknowledged_;  ///< number → offset
  std::vector<std::vector<std::uint64_t>> appends_;      ///< since the last check
  std::map<std::uint64_t, int> senders_;                 ///< number → how often it was sent
};

std::uint64_t lives_wanted() {
  const char* wanted = std::getenv("MARQUEE_TEST_POWER_CUTS");
  const std::uint64_t cuts = wanted == nullptr ? 8'000 : std::strtoull(wanted, nullptr, 10);
  return (cuts + 3) / 4;
}

Findings cut_power(std::uint64_t lives, SimulatedDisk::Lies lies) {
  Findings findings;
  for (std::uint64_t seed = 1; seed <= lives; ++seed) Life(seed, lies, findings).run();
  return findings;
}

TEST(EventLogPowerCut, LosesNothingAcknowledgedAndInventsNothing) {
  const Findings findings = cut_power(lives_wanted(), {});
  EXPECT_EQ(findings.lost, 0U);
  EXPECT_EQ(findings.invented, 0U);
  EXPECT_EQ(findings.halved, 0U);
  EXPECT_EQ(findings.unopenable, 0U);
  EXPECT_EQ(findings.first_error, "");
  EXPECT_GE(findings.cuts, lives_wanted() * 4);
  EXPECT_GT(findings.acknowledged, findings.cuts);  // else the test tested nothing
  EXPECT_GT(findings.torn, findings.cuts / 50);
  EXPECT_GT(findings.removals, findings.cuts / 50);
  EXPECT_GT(findings.cut_removals, findings.cuts / 100);
  RecordProperty("cuts", static_cast<int>(findings.cuts));
  RecordProperty("acknowledged", static_cast<int>(findings.acknowledged));
  RecordProperty("torn", static_cast<int>(findings.torn));
  RecordProperty("removals", static_cast<int>(findings.removals));
  RecordProperty("cut_removals", static_cast<int>(findings.cut_removals));
}

TEST(EventLogPowerCut, TheSimulationFindsASyncThatDoesNothing) {
  EXPECT_GT(cut_power(50, {.sync = true}).wrong(), 0U);
}

TEST(EventLogPowerCut, TheSimulationFindsADirectoryThatIsNotSynced) {
  EXPECT_GT(cut_power(50, {.sync_directory = true}).wrong(), 0U);
}

/// Fails the first, the second, the third … disk operation of the same run until one goes through.
TEST(EventLogPowerCut, AFailureOfAnyOneOperationLosesNothing) {
  for (const ErrorCode code : {ErrorCode::kUnavailable, ErrorCode::kResourceExhausted}) {
    bool reached = true;
    for (std::uint64_t operation = 1; reached; ++operation) {
      ManualClock clock;
      SimulatedDisk disk(operation);
      disk.fail_operation(operation, Error{code, "planted"});
      SegmentWriter::Options options{
          .directory = kDirectory, .segment_bytes_max = 2'000, .grow_bytes = 512};
      std::set<std::uint64_t> acknowledged;
      for (std::uint64_t session = 0; session < 3; ++session) {
        const auto writer = SegmentWriter::open(disk, options, nullptr, clock);
        for (std::uint64_t i = 0; writer.ok() && i < 20; ++i) {
          const std::uint64_t number = session * 100 + i;
          auto commit = (*writer)->commit({{EventBuilder("u", "m").id(number).pending()}});
          if (commit.outcomes[0].ok()) acknowledged.insert(number);
        }
        if (writer.ok()) (void)(*writer)->close();
      }
      reached = disk.operations() >= operation;
      disk.power_on();  // what was not synced may be gone on top
      const auto writer = SegmentWriter::open(disk, options, nullptr, clock);
      ASSERT_TRUE(writer.ok()) << operation << ": " << writer.error().message;
      RecordReader reader((*writer)->segments());
      const auto found = reader.read(0, (*writer)->end(), 1'000);
      ASSERT_TRUE(found.ok()) << operation << ": " << found.error().message;
      for (const LogRecord& record : found->records) {
        acknowledged.erase(
            static_cast<std::uint64_t>(record.event.event_id.v7_ms() - testing::kTestEpochMs));
      }
      EXPECT_TRUE(acknowledged.empty()) << operation;
      EXPECT_TRUE(reached || operation > 100);
    }
  }
}

}  // namespace
}  // namespace marquee::embedded
