#include "app/options/roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/settings.h"

namespace marquee::app {
namespace {

using ::testing::HasSubstr;

TEST(Roles, AreAllOfThemByDefault) {
  const auto roles = parse_roles(Settings{}.server_roles);
  ASSERT_TRUE(roles.ok());
  EXPECT_TRUE(roles->api && roles->speed && roles->scheduler);
}

TEST(Roles, MayLeaveTheSchedulerOutInAnyOrder) {
  for (const char* text : {"api,speed", "speed,api"}) {
    const auto roles = parse_roles(text);
    ASSERT_TRUE(roles.ok()) << text;
    EXPECT_FALSE(roles->scheduler);
  }
  EXPECT_TRUE(parse_roles("scheduler,speed,api")->scheduler);
}

TEST(Roles, RefuseWhatIsNone) {
  for (const char* text : {"", "API", "api,speed,cook", "api, speed", "api,speed,", ",api,speed",
                           "api,speed,api", "api speed"}) {
    const auto roles = parse_roles(text);
    ASSERT_FALSE(roles.ok()) << text;
    EXPECT_EQ(roles.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(roles.error().message, HasSubstr("server.roles"));
  }
  EXPECT_THAT(parse_roles("api,speed,cook").error().message, HasSubstr("'cook'"));
}

TEST(Roles, MayBeAnyOnTheirOwnBesideOtherProcesses) {
  for (const char* text : {"api", "speed", "scheduler", "api,scheduler", "speed,scheduler"}) {
    EXPECT_TRUE(parse_roles(text).ok()) << text;
  }
}

TEST(Roles, RefuseHalfAServerOnADirectory) {
  for (const char* text : {"api", "speed", "scheduler", "api,scheduler", "speed,scheduler"}) {
    const auto checked = check_alone(parse_roles(text).value());
    ASSERT_FALSE(checked.ok()) << text;
    EXPECT_THAT(checked.error().message, HasSubstr("one process")) << text;
  }
  EXPECT_TRUE(check_alone(parse_roles("api,speed").value()).ok());
}

}  // namespace
}  // namespace marquee::app
