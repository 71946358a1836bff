#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "settings/settings.h"

namespace marquee::app {

/// A running server on one data directory: everything wired, started in order, drained in reverse.
/// Tests start it as the program does.
class Application {
 public:
  /// Opens the directory, catches up with the log, serves, and writes server.json. Errors: those of
  /// Storage::open_owner, of the fold, a port that is taken, and an address that would let anyone
  /// view where no setting says so. A missing or damaged model is no
  /// error: `warning()` says it, and popular titles are served. Stages of the nightly run are told
  /// `stage_arguments` beside their order.
  static Result<std::unique_ptr<Application>> start(const Settings& settings,
                                                    std::vector<std::string> stage_arguments = {});

  /// Drains: no new connections, answers what is under way, stores what is queued.
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  /// "http://127.0.0.1:8000", under TLS "https://…"
  const std::string& address() const;
  /// A secret: for a terminal, and for no log.
  const std::string& operator_token() const;
  /// Whether it speaks TLS.
  bool has_certificate() const;
  /// Reads certificate and key again; when they are wrong, those in use stay.
  Result<void> reload_certificate();
  /// What an operator should know though the server runs; empty when all is well.
  const std::string& warning() const;

  struct Parts;
  /// For start(), which is the way to make one.
  explicit Application(std::unique_ptr<Parts> parts);

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace marquee::app
