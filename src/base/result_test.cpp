#include "base/result.h"

#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace marquee {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{ErrorCode::kInvalidArgument, "odd"};
  return number / 2;
}

Result<int> quarter(int number) {
  MARQUEE_TRY(const int once, half(number));
  MARQUEE_TRY(const int twice, half(once));
  return twice;
}

Result<void> refuse_odd(int number) {
  if (number % 2 != 0) return Error{ErrorCode::kRefused, "odd"};
  return {};
}

Result<void> check_even(int number) {
  MARQUEE_CHECK(refuse_odd(number));
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  const auto good = half(8);
  ASSERT_TRUE(good.ok());
  EXPECT_TRUE(static_cast<bool>(good));
  EXPECT_EQ(*good, 4);
  const auto bad = half(7);
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(bad.error().message, "odd");
}

TEST(Result, TryPassesTheFirstErrorOn) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_EQ(quarter(5).error().message, "odd");
}

TEST(Result, CheckReturnsOnlyErrors) {
  EXPECT_TRUE(check_even(2).ok());
  EXPECT_EQ(check_even(3).error().code, ErrorCode::kRefused);
}

TEST(Result, MovesWhatCannotBeCopied) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(3); };
  auto made = make();
  ASSERT_TRUE(made.ok());
  const std::unique_ptr<int> taken = *std::move(made);
  EXPECT_EQ(*taken, 3);
}

TEST(Error, ContextGoesInFront) {
  const Error error{ErrorCode::kNotFound, "no such file"};
  const Error outer = error.with_context("reading settings");
  EXPECT_EQ(outer.message, "reading settings: no such file");
  EXPECT_EQ(outer.code, ErrorCode::kNotFound);
}

TEST(ErrorCode, EveryOneHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    names.insert(to_string(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::kInternal) + 1);
}

}  // namespace
}  // namespace marquee
