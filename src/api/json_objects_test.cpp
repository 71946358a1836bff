#include "api/json_objects.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::api {
namespace {

http::Request with_body(std::string type, std::string body) {
  http::Request request;
  request.headers.emplace_back("content-type", std::move(type));
  request.body = std::move(body);
  return request;
}

std::string numbered(int number) { return "{\"n\":" + std::to_string(number) + "}"; }

RC_GTEST_PROP(JsonObjects, AnArrayAndItsLinesSayTheSame, ()) {
  const auto numbers = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1'000));
  RC_PRE(!numbers.empty());
  const std::string gap(*rc::gen::inRange<std::size_t>(0, 3), '\n');
  std::string array = "[", lines;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    array += (i == 0 ? "" : ",") + numbered(numbers[i]);
    lines += numbered(numbers[i]) + "\n" + gap;
  }
  auto of_array = read_json_objects(with_body("application/json", array + "]"), {"n"}, 10'000);
  auto of_lines = read_json_objects(with_body("application/x-ndjson", lines), {"n"}, 10'000);
  RC_ASSERT(!of_array.refused && !of_lines.refused);
  RC_ASSERT(of_array.many && of_lines.many);
  RC_ASSERT(of_array.objects.size() == numbers.size());
  RC_ASSERT(of_lines.objects.size() == numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    RC_ASSERT(of_array.objects[i].number("n") == numbers[i]);
    RC_ASSERT(of_lines.objects[i].number("n") == numbers[i]);
  }
}

RC_GTEST_PROP(JsonObjects, AnyBytesGiveObjectsOrOneRefusal, (const std::string& body, bool lines)) {
  const auto read = read_json_objects(
      with_body(lines ? "application/x-ndjson" : "application/json", body), {"n"}, 100);
  RC_ASSERT(read.refused || !read.objects.empty());
  RC_ASSERT(read.objects.size() <= 100U);
}

TEST(JsonObjects, OneObjectIsOne) {
  auto read = read_json_objects(with_body("application/json", " {\"n\":1} "), {"n"}, 1);
  EXPECT_FALSE(read.many);
  ASSERT_EQ(read.objects.size(), 1U);
  EXPECT_EQ(read.objects[0].number("n"), 1);
  EXPECT_FALSE(read.objects[0].problem());
}

TEST(JsonObjects, HaveProblemsOfTheirOwn) {
  const auto read = read_json_objects(
      with_body("application/x-ndjson; charset=utf-8", "{\"n\":1}\n{\"m\":1}\n{\n"), {"n"}, 3);
  ASSERT_EQ(read.objects.size(), 3U);
  EXPECT_FALSE(read.objects[0].problem());
  EXPECT_EQ(read.objects[1].problem()->status, 400);
  EXPECT_EQ(read.objects[2].problem()->status, 400);
}

TEST(JsonObjects, WantATypeThatIsOneOfTheTwo) {
  for (const char* type : {"", "text/plain", "application/ndjson-seq", "application/jsonl"}) {
    const auto read = read_json_objects(with_body(type, "{}"), {}, 1);
    ASSERT_TRUE(read.refused) << type;
    EXPECT_EQ(read.refused->status, 415) << type;
  }
}

}  // namespace
}  // namespace marquee::api
