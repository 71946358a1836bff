#include "adapters/s3/s3_runtime.h"

#include <arrow/filesystem/s3fs.h>

namespace marquee::s3 {

Result<void> begin_s3() {
  if (arrow::fs::IsS3Finalized()) {
    return Error{ErrorCode::kFailedPrecondition, "the S3 client has ended in this process"};
  }
  if (arrow::fs::IsS3Initialized()) return {};
  arrow::fs::S3GlobalOptions options;
  options.log_level = arrow::fs::S3LogLevel::Off;  // errors come back; keys must not reach a log
  // A server that closes a connection while it is written to must not end the program.
  options.install_sigpipe_handler = true;
  const auto status = arrow::fs::InitializeS3(options);
  if (!status.ok()) {
    return Error{ErrorCode::kInternal, "the S3 client does not begin: " + status.message()};
  }
  return {};
}

S3Runtime::~S3Runtime() { (void)arrow::fs::EnsureS3Finalized(); }

}  // namespace marquee::s3
