// Who asks: nothing that a client writes about itself counts.

#include "gateway/client_address.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "gateway/ip_address.h"

namespace marquee::gateway {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

IpAddress address(std::string_view text) {
  const auto parsed = parse_ip_address(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpAddress{});
}

std::vector<Network> networks(std::string_view text) { return parse_networks(text).value(); }

std::string client(const char* peer, const Fields& headers, std::string_view proxies) {
  return client_address(address(peer), headers, networks(proxies)).text();
}

TEST(IpAddress, IsReadAsProxiesWriteIt) {
  EXPECT_EQ(address("192.0.2.7").text(), "192.0.2.7");
  EXPECT_EQ(address("192.0.2.7:8080").text(), "192.0.2.7");
  EXPECT_EQ(address("2001:DB8:0::1").text(), "2001:db8::1");
  EXPECT_EQ(address("[2001:db8::1]:443").text(), "2001:db8::1");
  EXPECT_EQ(address("::ffff:192.0.2.7"), address("192.0.2.7"));
  for (const char* wrong :
       {"", "unknown", "192.0.2", "192.0.2.7:x", "[::1", "[::1]x", "for=1.2.3.4", "192.0.2.256",
        "::1::", "01.2.3.4.5", "1.2.3.4:123456"}) {
    EXPECT_FALSE(parse_ip_address(wrong)) << wrong;
  }
}

TEST(IpAddress, OfOneIpv6NetworkAreOneClientAndIpv4AddressesAreNot) {
  EXPECT_EQ(address("2001:db8:0:1::1").client_key(), address("2001:db8:0:1:9:9:9:9").client_key());
  EXPECT_NE(address("2001:db8:0:1::1").client_key(), address("2001:db8:0:2::1").client_key());
  EXPECT_NE(address("192.0.2.7").client_key(), address("192.0.2.8").client_key());
  EXPECT_NE(address("::1").client_key(), 0U);
  EXPECT_NE(address("::1").client_key(), address("127.0.0.1").client_key());
}

TEST(IpAddress, KnowsLoopback) {
  for (const char* text : {"127.0.0.1", "127.9.9.9", "::1"}) {
    EXPECT_TRUE(address(text).is_loopback()) << text;
  }
  for (const char* text : {"128.0.0.1", "::2", "::", "fe80::1"}) {
    EXPECT_FALSE(address(text).is_loopback()) << text;
  }
}

RC_GTEST_PROP(IpAddress, IsReadBackFromItsText, ()) {
  IpAddress made;
  for (auto& byte : made.bytes) byte = *rc::gen::element<std::uint8_t>(0, 1, 0xFF, 0x7F, 0xAB);
  RC_ASSERT(parse_ip_address(made.text()) == made);
}

TEST(Network, HoldsWhatItsPrefixSays) {
  EXPECT_TRUE(contains(networks("10.0.0.0/8"), address("10.255.0.1")));
  EXPECT_FALSE(contains(networks("10.0.0.0/8"), address("11.0.0.1")));
  EXPECT_TRUE(contains(networks("192.0.2.8/29"), address("192.0.2.15")));
  EXPECT_FALSE(contains(networks("192.0.2.8/29"), address("192.0.2.16")));
  EXPECT_TRUE(contains(networks("0.0.0.0/0"), address("203.0.113.1")));
  EXPECT_FALSE(contains(networks("0.0.0.0/0"), address("2001:db8::1")));
  EXPECT_TRUE(contains(networks("1.2.3.4, 2001:db8::/32"), address("2001:db8:ffff::1")));
  EXPECT_TRUE(networks("none").empty());
}

TEST(Network, ThatIsNoneIsNamed) {
  for (const char* wrong :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "lan", "::/129"}) {
    const auto parsed = parse_networks(std::string("127.0.0.1 ") + wrong);
    ASSERT_FALSE(parsed.ok()) << wrong;
    EXPECT_NE(parsed.error().message.find(wrong), std::string::npos);
  }
}

TEST(ClientAddress, IsThePeerWhenNoProxyIsBelieved) {
  const Fields headers{{"x-forwarded-for", "203.0.113.7"}};
  EXPECT_EQ(client("192.0.2.7", headers, "none"), "192.0.2.7");
  EXPECT_EQ(client("192.0.2.7", headers, "127.0.0.1"), "192.0.2.7");
}

TEST(ClientAddress, IsTheLastOfTheChainThatIsNoProxy) {
  const std::string_view proxies = "127.0.0.0/8 10.0.0.0/8";
  const auto through = [&](const char* chain) {
    return client("127.0.0.1", {{"host", "a"}, {"x-forwarded-for", chain}}, proxies);
  };
  EXPECT_EQ(through("203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(through("1.2.3.4, 203.0.113.7, 10.0.0.5"), "203.0.113.7");
  EXPECT_EQ(through(" 203.0.113.7:5000 ,\t10.0.0.5"), "203.0.113.7");
  EXPECT_EQ(through("10.0.0.9, 10.0.0.5"), "10.0.0.9");
  EXPECT_EQ(through("1.2.3.4, unknown, 10.0.0.5"), "10.0.0.5");
  EXPECT_EQ(through(""), "127.0.0.1");
  EXPECT_EQ(client("127.0.0.1", {{"x-forwarded-for", "1.2.3.4"}, {"x-forwarded-for", "5.6.7.8"}},
                   proxies),
            "5.6.7.8");
}

RC_GTEST_PROP(ClientAddress, DoesNotDependOnWhatAClientWritesBeforeItsOwnAddress, ()) {
  const auto written = *rc::gen::container<std::string>(
      rc::gen::element<char>('1', '2', '7', '0', '.', ',', ' ', ':', 'f', '[', ']', '"'));
  RC_ASSERT(client("127.0.0.1", {{"x-forwarded-for", written + ", 203.0.113.7, 127.0.0.9"}},
                   "127.0.0.0/8") == "203.0.113.7");
}

TEST(ClientAddress, SeesThatARequestSaysItCameThroughAProxy) {
  EXPECT_TRUE(says_forwarded(Fields{{"forwarded", "for=1.2.3.4"}}));
  EXPECT_TRUE(says_forwarded(Fields{{"x-forwarded-for", ""}}));
  EXPECT_FALSE(says_forwarded(Fields{{"host", "a"}}));
}

}  // namespace
}  // namespace marquee::gateway
