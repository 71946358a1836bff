#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee::app::doctor {

enum class Level { kOk, kWarning, kError };
std::string_view to_string(Level level);

/// One thing that was looked at: what about which, and what to do.
struct Finding {
  Level level = Level::kOk;
  std::string check;    ///< "log", "model", …: which look found it
  std::string subject;  ///< a path, a setting, a model
  std::string what;
  std::string advice;                               ///< empty when it is ok
  ErrorCode code = ErrorCode::kFailedPrecondition;  ///< of an error: decides the exit code
};

/// What a patient's examination found, in the order of looking.
class Report {
 public:
  void ok(std::string_view check, std::string subject, std::string what);
  void warning(std::string_view check, std::string subject, std::string what, std::string advice);
  void error(std::string_view check, std::string subject, std::string what, std::string advice,
             ErrorCode code = ErrorCode::kFailedPrecondition);

  const std::vector<Finding>& findings() const { return findings_; }
  std::size_t count(Level level) const;
  /// Ok without an error; else how many there are, with the code of the gravest: damaged data, then
  /// settings, then the rest.
  Result<void> verdict() const;

 private:
  std::vector<Finding> findings_;
};

/// A line for each finding, the advice on a line of its own below.
std::string to_text(const Report& report);
/// {"findings":[{"level","check","subject","what","advice"}],"errors","warnings"}
std::string to_json(const Report& report);

}  // namespace marquee::app::doctor
