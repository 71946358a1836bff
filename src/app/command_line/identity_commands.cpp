#include <CLI/CLI.hpp>

#include "app/command_line/definitions.h"

namespace marquee::app {
namespace {

void define_keys(CLI::App& program, Parsed& parsed) {
  using commands::KeysAction;
  CLI::App* keys = program.add_subcommand("keys", "API keys: who may call, and as what");
  keys->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, KeysAction action) {
    return add_action(*keys, parsed, name, help, parsed.keys, action, commands::keys);
  };
  CLI::App* create = add("create", "a new key, which is shown once", KeysAction::kCreate);
  create->add_option("--name", parsed.keys.order.name, "what it is for")->required();
  create
      ->add_option("--role", parsed.keys.order.role,
                   "viewer-client, service, analyst, operator or admin")
      ->required();
  create->add_option("--viewer", parsed.keys.order.viewer, "the one viewer of a viewer-client");
  create->add_option("--days", parsed.keys.order.days, "that it is valid; without, until revoked");
  add("list", "every key, without its secret", KeysAction::kList);
  add("revoke", "from now on it is refused", KeysAction::kRevoke)
      ->add_option("id", parsed.keys.id, "16 digits behind mq_")
      ->required();
  CLI::App* rotate = add("rotate", "a new key in place of one", KeysAction::kRotate);
  rotate->add_option("id", parsed.keys.id, "16 digits behind mq_")->required();
  rotate->add_option("--overlap-s", parsed.keys.overlap_s, "seconds that the old one stays valid");
}

}  // namespace

void define_identity_commands(CLI::App& program, Parsed& parsed) {
  define_keys(program, parsed);
  CLI::App* log = add_command(
      program, parsed, "audit-log", "what operators did", [&parsed](const LoadedSettings& loaded) {
        return commands::audit_log(loaded, static_cast<std::size_t>(parsed.limit), parsed.json);
      });
  log->add_option("--limit", parsed.limit)->check(CLI::Range(1, 10'000));
  add_json(log, parsed.json);
}

}  // namespace marquee::app
