// The settings of marquee_streaming.h: read by the code that the program reads them with.

#include "streaming/settings.h"

#include <memory>
#include <span>
#include <utility>

#include "capi/checks.h"
#include "streaming/arguments.h"
#include "streaming/marquee_streaming.h"

namespace marquee::streaming {
namespace {

Result<void> load(const char* file, const char* const* assignments, std::uint64_t count,
                  marquee_settings** settings) {
  MARQUEE_CHECK(check_given("settings", settings));
  *settings = nullptr;
  if (count > 0) MARQUEE_CHECK(check_given("assignments", assignments));
  SettingSources sources;
  if (file != nullptr) sources.file = file;
  sources.environment = process_environment();
  for (const char* const text : std::span(assignments, static_cast<std::size_t>(count))) {
    MARQUEE_CHECK(check_given("assignments", text));
    MARQUEE_TRY(auto flag, parse_assignment(text));
    sources.flags.push_back(std::move(flag));
  }
  MARQUEE_TRY(auto loaded, settings_of(sources));
  *settings = std::make_unique<marquee_settings>(std::move(loaded.settings)).release();
  return {};
}

Result<void> text_of(const marquee_settings* settings, const char* key, char* text,
                     std::size_t size) {
  MARQUEE_CHECK(check_given("settings", settings));
  MARQUEE_CHECK(check_given("key", key));
  MARQUEE_TRY(const Property* const property, property_of(key));
  return copy_text(key, setting_text(settings->values, *property), text, size);
}

/// A file that is not there was named by the caller.
int settings_status(ErrorCode code) {
  return code == ErrorCode::kNotFound ? MARQUEE_INVALID_ARGUMENT : capi::status_of(code);
}

template <typename Body>
int answer_settings(Body body, char* message, std::size_t message_size) {
  return capi::answer(std::move(body), message, message_size, settings_status);
}

}  // namespace
}  // namespace marquee::streaming

using marquee::streaming::answer_settings;

int marquee_settings_load(const char* file, const char* const* assignments, std::uint64_t count,
                          marquee_settings** settings, char* message, std::size_t message_size) {
  return answer_settings(
      [&] { return marquee::streaming::load(file, assignments, count, settings); }, message,
      message_size);
}

void marquee_settings_free(marquee_settings* settings) {
  const std::unique_ptr<marquee_settings> ended(settings);
}

int marquee_settings_text(const marquee_settings* settings, const char* key, char* text,
                          std::size_t size, char* message, std::size_t message_size) {
  return answer_settings([&] { return marquee::streaming::text_of(settings, key, text, size); },
                         message, message_size);
}
