#include "base/thread_role.h"

#include <algorithm>
#include <array>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

namespace marquee {
namespace {

struct Seen {
  std::string name;
  int nice = 0;
};

Seen of_this_thread() {
  std::array<char, 16> name{};
  ::pthread_getname_np(::pthread_self(), name.data(), name.size());
  return {name.data(), ::getpriority(PRIO_PROCESS, 0)};
}

Seen with_role(const char* name, ThreadRole role) {
  Seen seen;
  std::thread([&] {
    take_role(name, role);
    seen = of_this_thread();
  }).join();
  return seen;
}

TEST(ThreadRole, IsTheCallingThreadsOnly) {
  const Seen before = of_this_thread();
  const Seen background = with_role("store", ThreadRole::kBackground);
  EXPECT_EQ(background.name, "store");
  EXPECT_EQ(background.nice, std::min(before.nice + 10, 19));
  const Seen after = of_this_thread();
  EXPECT_EQ(after.name, before.name);
  EXPECT_EQ(after.nice, before.nice);
}

TEST(ThreadRole, OfOneThatAnswersLeavesItsPriority) {
  const Seen before = of_this_thread();
  const Seen answers = with_role("http", ThreadRole::kAnswers);
  EXPECT_EQ(answers.name, "http");
  EXPECT_EQ(answers.nice, before.nice);
}

}  // namespace
}  // namespace marquee
