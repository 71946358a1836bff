#include "formats/server_json.h"

#include <simdjson.h>

#include "base/json_writer.h"

namespace marquee::formats {

std::string server_json(const ServerInfo& info) {
  JsonWriter json;
  json.begin_object()
      .member("address", info.address)
      .member("pid", info.pid)
      .member("token_file", info.token_file)
      .end_object();
  return json.take();
}

Result<ServerInfo> parse_server_json(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view address, token_file;
  ServerInfo info;
  const bool read = parser.parse(json.data(), json.size()).get(root) == simdjson::SUCCESS &&
                    root["address"].get(address) == simdjson::SUCCESS &&
                    root["pid"].get(info.pid) == simdjson::SUCCESS &&
                    root["token_file"].get(token_file) == simdjson::SUCCESS;
  if (!read) return Error{ErrorCode::kDataLoss, "no object with address, pid and token_file"};
  info.address = address;
  info.token_file = token_file;
  return info;
}

}  // namespace marquee::formats
