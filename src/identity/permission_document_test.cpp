// docs/security.md shows the permission table as it is. Runs in the root of the sources.
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "identity/permissions.h"

namespace marquee::identity {
namespace {

constexpr std::string_view kBegin = "<!-- permissions: begin -->\n";
constexpr std::string_view kEnd = "<!-- permissions: end -->";

std::string cell_of(const Permission& row, Role role) {
  if (!row.roles.has(role)) return "";
  return role == Role::kViewer && row.viewer != NamesViewer::kNowhere ? "own" : "yes";
}

std::string table() {
  std::string text = "| call |";
  std::string line = "|---|";
  for (const Role role : kRoles) {
    text += " " + std::string(to_string(role)) + " |";
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (const Permission& row : permissions()) {
    text += "| `" + std::string(row.method) + " " + std::string(row.pattern) + "` |";
    for (const Role role : kRoles) text += " " + cell_of(row, role) + " |";
    text += "\n";
  }
  return text;
}

TEST(PermissionDocument, IsTheTable) {
  std::ifstream stream("docs/security.md");
  ASSERT_TRUE(stream) << "run this test in the root of the sources";
  const std::string document{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t begin = document.find(kBegin);
  const std::size_t end = document.find(kEnd);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end);
  const std::string shown = document.substr(begin + kBegin.size(), end - begin - kBegin.size());
  EXPECT_EQ(shown, table()) << "between the marks there should stand:\n" << table();
}

}  // namespace
}  // namespace marquee::identity
