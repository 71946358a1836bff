#include "api/change_streams.h"

#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/event_builder.h"
#include "testing/fake_event_log.h"
#include "testing/fake_folded_state.h"
#include "testing/manual_clock.h"

namespace marquee::api {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

class ChangeStreamsTest : public ::testing::Test {
 protected:
  /// Logs an event of `user` and applies it when told to; returns its offset.
  Offset log_event(const std::string& user) {
    ++number_;
    return log_.push_unchecked(testing::EventBuilder(user, "m1").id(number_).build(), number_);
  }
  void apply(const std::string& user, const Offset& offset) {
    UserProfile profile;
    profile.last_offset = offset;
    state_.put(user, profile);
    state_.apply_up_to(offset.sequence + 1);
  }
  Offset happen(const std::string& user) {
    const Offset offset = log_event(user);
    apply(user, offset);
    return offset;
  }

  /// What `stream` says up to and with `text`; everything it said when that never comes.
  static std::string hear(http::StreamReader& stream, const std::string& text) {
    std::string heard;
    const auto deadline = steady_clock::now() + seconds(20);
    while (steady_clock::now() < deadline) {
      heard += stream.take().bytes;
      if (heard.find(text) != std::string::npos) return heard;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ADD_FAILURE() << "never heard " << text << " in " << heard;
    return heard;
  }
  static bool ends(http::StreamReader& stream) {
    const auto deadline = steady_clock::now() + seconds(20);
    while (steady_clock::now() < deadline) {
      if (stream.take().last) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }
  static std::string changed(const Offset& offset) {
    return "event: list_changed\nid: " + offset.to_string() + "\ndata: {\"offset\":\"" +
           offset.to_string() + "\"}\n\n";
  }
  static ChangeStreams::Options at_most(std::size_t streams) {
    ChangeStreams::Options options;
    options.streams_max = streams;
    return options;
  }

  std::uint64_t number_ = 0;
  testing::ManualClock clock_;
  testing::FakeEventLog log_{clock_};
  testing::FakeFoldedState state_{clock_};
};

TEST_F(ChangeStreamsTest, TellAViewerOfTheirOwnEventsOnly) {
  ChangeStreams streams(log_, state_, clock_, {});
  const auto ann = streams.follow_viewer(UserId("ann"), std::nullopt);
  const auto bob = streams.follow_viewer(UserId("bob"), std::nullopt);
  const Offset first = happen("ann");
  EXPECT_THAT(hear(*ann, changed(first)), Not(HasSubstr("id: e:1")));
  const Offset second = happen("bob");
  EXPECT_THAT(hear(*bob, changed(second)), Not(HasSubstr(changed(first))));
}

TEST_F(ChangeStreamsTest, TellWhenTheEventIsAppliedAndNotBefore) {
  ChangeStreams streams(log_, state_, clock_, {});
  const auto all = streams.follow_all();
  const auto ann = streams.follow_viewer(UserId("ann"), std::nullopt);
  happen("bob");
  hear(*all, "\"user_id\":\"bob\"");  // the thread is awake and reads on
  const Offset logged = log_event("ann");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_THAT(ann->take().bytes, Not(HasSubstr("list_changed")));
  apply("ann", logged);
  hear(*ann, changed(logged));
}

TEST_F(ChangeStreamsTest, ResumeWithOneNoticeForAllThatWasMissed) {
  ChangeStreams streams(log_, state_, clock_, {});
  const Offset seen = happen("ann");
  happen("ann");
  const Offset last = happen("ann");
  const std::string heard = hear(*streams.follow_viewer(UserId("ann"), seen), changed(last));
  EXPECT_THAT(heard, HasSubstr("id: " + seen.to_string() + "\n\n"));
  const auto up_to_date = streams.follow_viewer(UserId("ann"), last);
  EXPECT_THAT(up_to_date->take().bytes, Not(HasSubstr("list_changed")));
}

TEST_F(ChangeStreamsTest, TellOnceOfWhatIsAppliedWhileTheyComeIn) {
  ChangeStreams streams(log_, state_, clock_, {});
  const Offset seen = happen("ann");
  const auto all = streams.follow_all();
  const Offset offset = log_event("ann");
  UserProfile shown;
  shown.last_offset = offset;
  state_.put("ann", shown);  // the profile is out, the cursor not yet
  const auto ann = streams.follow_viewer(UserId("ann"), seen);
  std::string heard = hear(*ann, changed(offset));
  state_.apply_up_to(offset.sequence + 1);
  hear(*all, "id: " + offset.to_string());  // the thread has come to it
  const Offset later = happen("ann");
  heard += hear(*ann, changed(later));
  EXPECT_EQ(heard.find(changed(offset)), heard.rfind(changed(offset))) << heard;
}

TEST_F(ChangeStreamsTest, TellWhoHasSeenOnlyWhatTheLogNoLongerHolds) {
  ChangeStreams streams(log_, state_, clock_, {});
  const Offset seen = happen("ann");
  const Offset level = happen("bob");
  const Offset last = happen("ann");
  log_.remove_before(2);
  hear(*streams.follow_viewer(UserId("ann"), seen), changed(last));
  EXPECT_THAT(streams.follow_viewer(UserId("bob"), level)->take().bytes,
              Not(HasSubstr("list_changed")))
      << "the state knows that nothing came after it";
}

TEST_F(ChangeStreamsTest, TellAtOnceWhoHasSeenWhatThisLogNeverHeld) {
  ChangeStreams streams(log_, state_, clock_, {});
  const Offset last = happen("ann");
  for (const Offset& foreign : {Offset{Offset::kEmbedded, 7}, Offset{0, 5}, Offset{0, 0}}) {
    SCOPED_TRACE(foreign.to_string());
    EXPECT_THAT(streams.follow_viewer(UserId("ann"), foreign)->take().bytes,
                HasSubstr(changed(last)));
    EXPECT_THAT(streams.follow_viewer(UserId("new"), foreign)->take().bytes,
                HasSubstr("event: list_changed\nid:\ndata: {\"offset\":null}\n\n"));
  }
}

TEST_F(ChangeStreamsTest, SayNothingNewWhileTheFoldHasYetToPassAgainWhatWasSeen) {
  ChangeStreams streams(log_, state_, clock_, {});
  happen("ann");
  const Offset seen = log_event("ann");  // applied, and told of, before the server was killed
  const auto ann = streams.follow_viewer(UserId("ann"), seen);
  EXPECT_THAT(ann->take().bytes, Not(HasSubstr("list_changed")));
}

TEST_F(ChangeStreamsTest, OpenWithTheIdToResumeFrom) {
  ChangeStreams streams(log_, state_, clock_, {});
  const Offset last = happen("ann");
  EXPECT_EQ(streams.follow_viewer(UserId("ann"), std::nullopt)->take().bytes,
            "retry: 2000\nid: " + last.to_string() + "\n\n");
  EXPECT_EQ(streams.follow_viewer(UserId("new"), std::nullopt)->take().bytes, "retry: 2000\n\n");
}

TEST_F(ChangeStreamsTest, TellOperatorsOfEveryEventOnce) {
  ChangeStreams streams(log_, state_, clock_, {});
  happen("before");
  const auto all = streams.follow_all();
  happen("ann");
  happen("bob");
  const std::string heard = hear(*all, "\"user_id\":\"bob\"");
  EXPECT_THAT(heard, HasSubstr("event: event\nid: e:1\ndata: {\"event_id\":\""));
  EXPECT_THAT(heard, Not(HasSubstr("before")));
  const auto ann = heard.find("\"user_id\":\"ann\"");
  EXPECT_EQ(heard.find("\"user_id\":\"ann\"", ann + 1), std::string::npos);
}

TEST_F(ChangeStreamsTest, MissNothingWhenEverybodyLeftInBetween) {
  ChangeStreams streams(log_, state_, clock_, {});
  for (int round = 0; round < 30; ++round) {
    const auto ann = streams.follow_viewer(UserId("ann"), std::nullopt);
    hear(*ann, changed(happen("ann")));
  }
}

TEST_F(ChangeStreamsTest, BeatWhileNothingHappens) {
  ChangeStreams streams(log_, state_, clock_, {});
  const auto ann = streams.follow_viewer(UserId("ann"), std::nullopt);
  const auto all = streams.follow_all();
  clock_.advance(seconds(16));
  hear(*ann, "\n\n:\n\n");
  hear(*all, "\n\n:\n\n");
}

TEST_F(ChangeStreamsTest, AreAtMostSoMany) {
  ChangeStreams streams(log_, state_, clock_, at_most(2));
  auto first = streams.follow_viewer(UserId("ann"), std::nullopt);
  const auto second = streams.follow_all();
  EXPECT_EQ(streams.follow_viewer(UserId("ann"), std::nullopt), nullptr);
  EXPECT_EQ(streams.follow_all(), nullptr);
  first.reset();
  EXPECT_NE(streams.follow_viewer(UserId("bob"), std::nullopt), nullptr) << "one has left";
}

TEST_F(ChangeStreamsTest, EndOneThatDoesNotTakeWhatItIsTold) {
  ChangeStreams::Options options;
  options.bytes_max = 400;
  ChangeStreams streams(log_, state_, clock_, options);
  const auto slow = streams.follow_all();
  const auto quick = streams.follow_viewer(UserId("bob"), std::nullopt);
  for (int i = 0; i < 20; ++i) happen("ann");
  hear(*quick, changed(happen("bob")));
  EXPECT_TRUE(ends(*slow));
}

TEST_F(ChangeStreamsTest, GoOnAfterTheLogCouldNotBeRead) {
  ChangeStreams streams(log_, state_, clock_, {});
  log_.fail_reads(Error{ErrorCode::kUnavailable, "the log is away"});
  const auto ann = streams.follow_viewer(UserId("ann"), std::nullopt);
  const Offset offset = happen("ann");
  log_.repair();
  hear(*ann, changed(offset));
}

TEST_F(ChangeStreamsTest, AllEndWithTheObject) {
  std::shared_ptr<http::StreamReader> ann;
  std::shared_ptr<http::StreamReader> all;
  {
    ChangeStreams streams(log_, state_, clock_, {});
    ann = streams.follow_viewer(UserId("ann"), std::nullopt);
    all = streams.follow_all();
  }
  EXPECT_TRUE(ann->take().last);
  EXPECT_TRUE(all->take().last);
}

TEST_F(ChangeStreamsTest, ManyFollowAndLeaveWhileEventsCome) {
  ChangeStreams streams(log_, state_, clock_, at_most(64));
  std::jthread events([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      happen("ann");
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  std::vector<std::jthread> followers;
  for (int i = 0; i < 4; ++i) {
    followers.emplace_back([&streams] {
      for (int round = 0; round < 50; ++round) {
        const auto ann = streams.follow_viewer(UserId("ann"), std::nullopt);
        if (ann) hear(*ann, "event: list_changed");
      }
    });
  }
  followers.clear();
}

TEST_F(ChangeStreamsTest, SayNothingToOperatorsOfReservedViewers) {
  ChangeStreams streams(log_, state_, clock_, {});
  const auto all = streams.follow_all();
  happen("marquee:canary");
  happen("ann");
  EXPECT_THAT(hear(*all, "\"user_id\":\"ann\""), Not(HasSubstr("marquee:")));
}

TEST_F(ChangeStreamsTest, TellHowManyAreOpenAndHowManyFoundNoRoom) {
  ChangeStreams streams(log_, state_, clock_, at_most(1));
  const auto one = streams.follow_all();
  EXPECT_EQ(streams.follow_all(), nullptr);
  EXPECT_EQ(streams.streams(), (QueueState{1, 1, 1}));
}

}  // namespace
}  // namespace marquee::api
