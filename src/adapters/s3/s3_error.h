#pragma once

#include <string_view>

#include "adapters/s3/s3_address.h"
#include "base/result.h"

namespace marquee::s3 {

/// What a failure that Arrow describes as `text` ("… AWS Error NO_SUCH_BUCKET during …") means.
///   kFailedPrecondition  no such bucket, or a certificate that is not believed
///   kPermissionDenied    unknown or wrong keys, or keys without the right
///   kUnavailable         refused, timed out, overloaded, and whatever else may pass
Error error_of(std::string_view text, const S3Address& address);

}  // namespace marquee::s3
