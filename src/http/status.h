#pragma once

#include <string_view>

namespace marquee::http {

/// The reason phrase of RFC 9110 and its relatives; "Unknown" for a status we never send.
std::string_view reason_phrase(int status);

}  // namespace marquee::http
