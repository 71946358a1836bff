#include "formats/server_json.h"

#include <gtest/gtest.h>

namespace marquee::formats {
namespace {

const ServerInfo kInfo{"http://127.0.0.1:8000", 4711, "data/operator.token"};

TEST(ServerJson, HasTheThreeMembersOthersRelyOn) {
  EXPECT_EQ(server_json(kInfo),
            R"({"address":"http://127.0.0.1:8000","pid":4711,"token_file":"data/operator.token"})");
  const auto read = parse_server_json(server_json(kInfo));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, kInfo);
}

TEST(ServerJson, IgnoresFurtherMembersAndRefusesWhatIsNone) {
  EXPECT_TRUE(parse_server_json(R"({"x":1,"pid":1,"address":"a","token_file":"t"})").ok());
  for (const char* json : {"", "{}", "[]", "{\"pid\":1", R"({"address":"a","token_file":"t"})",
                           R"({"address":"a","pid":"1","token_file":"t"})",
                           R"({"address":1,"pid":1,"token_file":"t"})"}) {
    const auto read = parse_server_json(json);
    ASSERT_FALSE(read.ok()) << json;
    EXPECT_EQ(read.error().code, ErrorCode::kDataLoss);
  }
}

}  // namespace
}  // namespace marquee::formats
