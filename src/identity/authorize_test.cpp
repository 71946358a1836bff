// Who may do what: any header against a fixed token, any two roles, any route.
#include "identity/authorize.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "testing/temporary_directory.h"

namespace marquee::identity {
namespace {

const OperatorToken& test_token() {
  static const OperatorToken token = [] {
    const testing::TemporaryDirectory directory;
    return OperatorToken::load_or_create(directory.path() / "operator.token").value();
  }();
  return token;
}

RC_GTEST_PROP(Authorize, NoHeaderButTheRightOneIsLetIn, (const std::string& noise)) {
  for (const std::string& header : {noise, "Bearer " + noise, "Basic " + test_token().text(),
                                    "Bearer " + noise + test_token().text()}) {
    if (header == "Bearer " + test_token().text()) continue;
    const auto role = authorize(header, test_token());
    RC_ASSERT(!role.ok());
    RC_ASSERT(role.error().code == ErrorCode::kUnauthenticated);
    RC_ASSERT(role.error().message.find(test_token().text()) == std::string::npos);
  }
}

TEST(Authorize, EveryCharacterOfTheTokenCounts) {
  const std::string& good = test_token().text();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(authorize("Bearer " + bad, test_token()).ok()) << i;
    EXPECT_FALSE(authorize("Bearer " + good.substr(0, i), test_token()).ok()) << i;
  }
  EXPECT_FALSE(authorize("Bearer " + good + "A", test_token()).ok());
  EXPECT_FALSE(authorize("Bearer " + good + '\0', test_token()).ok());
  EXPECT_TRUE(authorize("Bearer " + good, test_token()).ok());
}

RC_GTEST_PROP(Authorize, TheCaseOfTheSchemeDoesNotMatter, (std::uint8_t upper)) {
  std::string scheme = "bearer";
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((upper >> i) & 1) scheme[i] = static_cast<char>(scheme[i] - 'a' + 'A');
  }
  RC_ASSERT(authorize(scheme + " " + test_token().text(), test_token()).value() == Role::kOperator);
  RC_ASSERT(!authorize(scheme + "\t" + test_token().text(), test_token()).ok());
}

TEST(Authorize, AnEmptyHeaderIsNoViewerButAMistake) {
  EXPECT_EQ(authorize(std::nullopt, test_token()).value(), Role::kViewer);
  EXPECT_EQ(authorize("", test_token()).error().code, ErrorCode::kUnauthenticated);
}

TEST(PermitTable, IsTheWholeOfWhoMayDoWhat) {
  const auto code = [](Role have, std::optional<Role> want) -> std::optional<ErrorCode> {
    const auto outcome = permit(have, want);
    return outcome.ok() ? std::nullopt : std::optional(outcome.error().code);
  };
  EXPECT_EQ(code(Role::kViewer, Role::kViewer), std::nullopt);
  EXPECT_EQ(code(Role::kViewer, Role::kOperator), ErrorCode::kUnauthenticated);
  EXPECT_EQ(code(Role::kViewer, std::nullopt), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(Role::kOperator, Role::kViewer), std::nullopt);
  EXPECT_EQ(code(Role::kOperator, Role::kOperator), std::nullopt);
  EXPECT_EQ(code(Role::kOperator, std::nullopt), ErrorCode::kPermissionDenied);
}

TEST(PermissionTable, NamesEveryRouteOnce) {
  std::set<std::pair<std::string_view, std::string_view>> routes;
  for (const Permission& row : permissions()) {
    EXPECT_TRUE(routes.emplace(row.method, row.pattern).second) << row.method << " " << row.pattern;
  }
}

TEST(PermissionTable, AnswersWhatItsRowsSay) {
  for (const Permission& row : permissions()) {
    EXPECT_EQ(required_role(row.method, row.pattern), row.role) << row.method << row.pattern;
  }
}

TEST(PermissionTable, LetsNobodyDoWhatItDoesNotName) {
  constexpr std::array<std::string_view, 7> kMethods{"GET",    "HEAD",    "POST", "PUT",
                                                     "DELETE", "OPTIONS", "PATCH"};
  for (const Permission& row : permissions()) {
    for (const std::string_view method : kMethods) {
      const bool named = std::ranges::any_of(permissions(), [&](const Permission& other) {
        return other.method == method && other.pattern == row.pattern;
      });
      EXPECT_EQ(required_role(method, row.pattern).has_value(), named)
          << method << " " << row.pattern;
    }
    const std::string pattern(row.pattern);
    EXPECT_FALSE(required_role(row.method, pattern + "/").has_value()) << pattern;
    EXPECT_FALSE(required_role(row.method, pattern + "x").has_value()) << pattern;
    EXPECT_FALSE(required_role("get", pattern).has_value()) << pattern;
  }
}

TEST(PermissionTable, WritesItsPatternsAsTheRouterReadsThem) {
  for (const Permission& row : permissions()) {
    EXPECT_TRUE(row.pattern.starts_with('/')) << row.pattern;
    EXPECT_EQ(std::ranges::count(row.pattern, '{'), std::ranges::count(row.pattern, '}'));
    EXPECT_EQ(row.pattern.find("//"), std::string_view::npos) << row.pattern;
    EXPECT_EQ(row.pattern.find_first_of(" ?#%"), std::string_view::npos) << row.pattern;
  }
}

TEST(PermissionTable, NeverLetsAViewerChangeWhatIsNotHisOwn) {
  for (const Permission& row : permissions()) {
    const bool shared = row.pattern.starts_with("/api/admin") ||
                        (row.pattern.starts_with("/api/movies") && row.method != "GET");
    if (shared) {
      EXPECT_EQ(row.role, Role::kOperator) << row.method << " " << row.pattern;
    }
  }
}

}  // namespace
}  // namespace marquee::identity
