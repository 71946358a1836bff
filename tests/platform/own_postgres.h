#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "adapters/postgres/options.h"
#include "testing/temporary_directory.h"

namespace marquee::testing {

/// A PostgreSQL of the test's own, which it may kill and stop: tools/stack in a scratch folder. Run
/// from the repository's root. Throws when it cannot be had, so that the test fails and says why.
class OwnPostgres {
 public:
  OwnPostgres() {
    // The server runs as a user of its own, who has to reach its folder.
    std::filesystem::permissions(directory_.path(), std::filesystem::perms::others_exec,
                                 std::filesystem::perm_options::add);
    stack("up");
    uri_ = read_uri();
  }
  ~OwnPostgres() {
    static_cast<void>(std::system(command("resume").c_str()));
    static_cast<void>(std::system(command("down").c_str()));
  }
  OwnPostgres(const OwnPostgres&) = delete;
  OwnPostgres& operator=(const OwnPostgres&) = delete;

  /// As a power cut of the server's machine would, but for what the kernel has not written yet.
  void kill() { stack("kill"); }
  void start() { stack("start"); }
  /// Everything of it stands still.
  void pause() { stack("pause"); }
  void resume() { stack("resume"); }

  postgres::PostgresOptions options(const std::string& parameters) const {
    auto options = postgres::PostgresOptions::parse(uri_ + "?" + parameters);
    if (!options.ok()) throw std::runtime_error(options.error().message);
    return *std::move(options);
  }

 private:
  std::string command(const std::string& verb) const {
    return fmt::format("tools/stack {} postgres --dir '{}' >>'{}' 2>&1", verb,
                       (directory_.path() / "stack").string(),
                       (directory_.path() / "log").string());
  }
  void stack(const std::string& verb) const {
    if (std::system(command(verb).c_str()) == 0) return;
    throw std::runtime_error("'tools/stack " + verb +
                             " postgres' failed: run this from the root, and "
                             "tools/dependencies platform before");
  }
  std::string read_uri() const {
    const std::string script = fmt::format(
        "eval \"$(tools/stack env postgres --dir '{}')\"; printf %s "
        "\"$STACK_POSTGRES_URL\"",
        (directory_.path() / "stack").string());
    FILE* const pipe = ::popen(script.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("no shell");
    std::array<char, 512> text{};
    const std::size_t size = std::fread(text.data(), 1, text.size(), pipe);
    ::pclose(pipe);
    return {text.data(), size};
  }

  TemporaryDirectory directory_;
  std::string uri_;
};

}  // namespace marquee::testing
