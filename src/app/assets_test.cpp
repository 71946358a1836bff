#include "app/assets.h"

#include <string>

#include <gtest/gtest.h>

#include "http/compression.h"

namespace marquee::app {
namespace {

/// What a client sees after decoding; "" when it is no whole gzip member.
std::string decoded(std::string_view bytes) {
  constexpr std::size_t kSizeMax = 1 << 22;
  const Result<std::string> text = http::gunzip(bytes, kSizeMax);
  return text.ok() ? text.value() : "";
}

TEST(Assets, ServesThePageAtTheRoot) {
  const auto page = find_asset("/");
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->path, "/index.html");
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  EXPECT_FALSE(page->immutable);
  const std::string html = decoded(page->gzip_bytes);
  EXPECT_EQ(html.substr(0, 15), "<!doctype html>");
  EXPECT_NE(html.find("Marquee"), std::string::npos);
}

TEST(Assets, NamesAStrongQuotedEntityTag) {
  const auto page = find_asset("/index.html");
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->etag.size(), 34U);
  EXPECT_EQ(page->etag.front(), '"');
  EXPECT_EQ(page->etag.back(), '"');
}

TEST(Assets, HasEveryFileThatThePageNames) {
  const std::string html = decoded(find_asset("/")->gzip_bytes);
  std::size_t at = 0;
  while ((at = html.find("\"/assets/", at)) != std::string::npos) {
    const std::size_t end = html.find('"', at + 1);
    const std::string path = html.substr(at + 1, end - at - 1);
    const auto file = find_asset(path);
    ASSERT_TRUE(file.has_value()) << path;
    EXPECT_TRUE(file->immutable) << path;
    EXPECT_FALSE(decoded(file->gzip_bytes).empty()) << path;
    at = end;
  }
}

TEST(Assets, KnowsNoOtherPath) {
  for (const char* path : {"", "/nothing", "index.html", "/../etc/passwd", "/assets/", "//"}) {
    EXPECT_FALSE(find_asset(path).has_value()) << path;
  }
}

}  // namespace
}  // namespace marquee::app
