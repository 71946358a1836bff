#include "adapters/redis/scripts.h"

namespace marquee::redis {

const std::string_view kEpochScript = R"(
local epoch = redis.call('GET', KEYS[1])
if epoch and string.sub(epoch, 1, #ARGV[1]) == ARGV[1] then return epoch end
redis.call('SET', KEYS[1], ARGV[2])
return ARGV[2]
)";

const std::string_view kFillScript = R"(
if redis.call('GET', KEYS[3]) ~= ARGV[5] then return 0 end
local bumped = redis.call('GET', KEYS[1])
if bumped and bumped > ARGV[1] then return 0 end
local front = redis.call('GETRANGE', KEYS[2], 0, 20 + #ARGV[2])
local same = string.sub(front, 1, 1) == ARGV[6] and string.sub(front, 22) == ARGV[2]
if same and string.sub(front, 2, 21) > ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
return 1
)";

const std::string_view kBumpScript = R"(
local front = redis.call('GETRANGE', KEYS[2], 0, 20)
local known = string.sub(front, 1, 1) == ARGV[3]
if front ~= '' and not (known and string.sub(front, 2, 21) >= ARGV[1]) then
  redis.call('DEL', KEYS[2])
end
local bumped = redis.call('GET', KEYS[1])
if bumped and bumped >= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
)";

}  // namespace marquee::redis
