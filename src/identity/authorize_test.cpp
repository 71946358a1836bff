// Who may do what: any header against a fixed token and key, any role, any route.
#include "identity/authorize.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "identity/authenticator.h"
#include "testing/manual_clock.h"
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

const Authenticator& test_authenticator() {
  static const testing::ManualClock clock;
  static const KeyRing no_keys(clock);
  static const Authenticator authenticator({test_token(), no_keys}, true);
  return authenticator;
}

Result<Caller> identify(const std::string& header) { return test_authenticator().identify(header); }

RC_GTEST_PROP(Authenticator, LetsNoHeaderInButTheRightOne, (const std::string& noise)) {
  for (const std::string& header : {noise, "Bearer " + noise, "Basic " + test_token().text(),
                                    "Bearer " + noise + test_token().text()}) {
    if (header == "Bearer " + test_token().text()) continue;
    const auto caller = identify(header);
    RC_ASSERT(!caller.ok());
    RC_ASSERT(caller.error().code == ErrorCode::kUnauthenticated);
    RC_ASSERT(caller.error().message.find(test_token().text()) == std::string::npos);
  }
}

TEST(Authenticator, LooksAtEveryCharacterOfTheToken) {
  const std::string& good = test_token().text();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(identify("Bearer " + bad).ok()) << i;
    EXPECT_FALSE(identify("Bearer " + good.substr(0, i)).ok()) << i;
  }
  EXPECT_FALSE(identify("Bearer " + good + "A").ok());
  EXPECT_FALSE(identify("Bearer " + good + '\0').ok());
  EXPECT_FALSE(identify("Bearer  " + good).ok());
  EXPECT_FALSE(identify(good).ok());
  EXPECT_EQ(identify("Bearer " + good)->role, Role::kAdmin);
}

RC_GTEST_PROP(Authenticator, DoesNotMindTheCaseOfTheScheme, (std::uint8_t upper)) {
  std::string scheme = "bearer";
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((upper >> i) & 1) scheme[i] = static_cast<char>(scheme[i] - 'a' + 'A');
  }
  RC_ASSERT(identify(scheme + " " + test_token().text())->role == Role::kAdmin);
  RC_ASSERT(!identify(scheme + "\t" + test_token().text()).ok());
}

TEST(Authenticator, TakesNoHeaderForAGuestOnlyWhereViewingIsOpen) {
  const testing::ManualClock clock;
  const KeyRing no_keys(clock);
  const Authenticator closed({test_token(), no_keys}, false);
  EXPECT_EQ(test_authenticator().identify(std::nullopt)->role, Role::kGuest);
  EXPECT_EQ(closed.identify(std::nullopt)->role, Role::kAnonymous);
  EXPECT_EQ(identify("").error().code, ErrorCode::kUnauthenticated) << "a mistake, and no guest";
}

TEST(Permit, TellsACredentialThatIsMissingFromOneThatIsNotEnough) {
  const Permission row{"POST", "/x", {Role::kOperator, Role::kAdmin}};
  for (const Role role : kRoles) {
    const auto outcome = permit(Caller{role, "", std::nullopt}, &row);
    EXPECT_EQ(outcome.ok(), role >= Role::kOperator) << to_string(role);
    if (outcome.ok()) continue;
    EXPECT_EQ(outcome.error().code,
              role <= Role::kGuest ? ErrorCode::kUnauthenticated : ErrorCode::kPermissionDenied);
  }
}

TEST(Permit, LetsNobodyDoWhatIsNotInTheTable) {
  for (const Role role : kRoles) {
    EXPECT_EQ(permit(Caller{role, "", std::nullopt}, nullptr).error().code,
              ErrorCode::kPermissionDenied);
  }
}

TEST(PermitViewer, KeepsAViewersCredentialToItsViewer) {
  const Caller ann{Role::kViewer, "key:1", UserId("ann")};
  EXPECT_TRUE(permit_viewer(ann, "ann").ok());
  for (const char* other : {"bob", "", "ann ", "Ann", "ann2", "an"}) {
    EXPECT_EQ(permit_viewer(ann, other).error().code, ErrorCode::kPermissionDenied) << other;
  }
  EXPECT_FALSE(permit_viewer(Caller{Role::kViewer, "", std::nullopt}, "ann").ok());
  EXPECT_TRUE(permit_viewer(Caller{Role::kService, "", std::nullopt}, "ann").ok());
}

TEST(Roles, AreReadAsTheyAreWrittenAndGuestsHaveNoCredential) {
  for (const Role role : kRoles) {
    const auto parsed = parse_role(to_string(role));
    EXPECT_EQ(parsed.has_value(), role > Role::kGuest) << to_string(role);
    if (parsed) {
      EXPECT_EQ(*parsed, role);
    }
  }
  for (const char* text : {"", "Admin", "admin ", "root"}) EXPECT_FALSE(parse_role(text)) << text;
}

TEST(PermissionTable, NamesEveryRouteOnce) {
  std::set<std::pair<std::string_view, std::string_view>> routes;
  for (const Permission& row : permissions()) {
    EXPECT_TRUE(routes.emplace(row.method, row.pattern).second) << row.method << " " << row.pattern;
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
      EXPECT_EQ(find_permission(method, row.pattern) != nullptr, named)
          << method << " " << row.pattern;
    }
    const std::string pattern(row.pattern);
    EXPECT_EQ(find_permission(row.method, pattern), &row);
    EXPECT_EQ(find_permission(row.method, pattern + "/"), nullptr) << pattern;
    EXPECT_EQ(find_permission(row.method, pattern + "x"), nullptr) << pattern;
    EXPECT_EQ(find_permission("get", pattern), nullptr) << pattern;
  }
}

TEST(PermissionTable, SaysWhereEachRouteOfAViewerNamesHim) {
  for (const Permission& row : permissions()) {
    if (!row.pattern.starts_with("/api/users/{id}")) continue;
    EXPECT_EQ(row.viewer, NamesViewer::kInPath) << row.pattern;
  }
  for (const Permission& row : permissions()) {
    const bool of_one_viewer = row.roles.has(Role::kViewer) && !row.roles.has(Role::kAnalyst);
    if (of_one_viewer) {
      EXPECT_NE(row.viewer, NamesViewer::kNowhere) << row.pattern;
    }
  }
}

TEST(PermissionTable, LetsOnlyOperatorsChangeWhatAllShare) {
  for (const Permission& row : permissions()) {
    const bool shared = row.pattern.starts_with("/api/admin") ||
                        (row.pattern.starts_with("/api/movies") && row.method != "GET");
    if (!shared) continue;
    for (const Role role : {Role::kAnonymous, Role::kGuest, Role::kViewer, Role::kService}) {
      EXPECT_FALSE(row.roles.has(role)) << row.method << row.pattern << to_string(role);
    }
    if (row.method != "GET") {
      EXPECT_FALSE(row.roles.has(Role::kAnalyst)) << row.pattern;
    }
    EXPECT_EQ(row.is_audited(), row.method != "GET");
  }
}

TEST(PermissionTable, LetsAnAdminDoEverything) {
  for (const Permission& row : permissions()) EXPECT_TRUE(row.roles.has(Role::kAdmin));
}

}  // namespace
}  // namespace marquee::identity
