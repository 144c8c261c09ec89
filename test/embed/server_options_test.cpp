#include "conf/key.hpp"
#include "conf/value.hpp"
#include "embed/failure.hpp"
#include "embed/server_options.hpp"
#include "net/codec.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <sstream>
#include <string>

namespace hawser::embed {
namespace {

/// Every option of the core that the configuration reaches, one after the other.
std::string core_text(const conf::settings& s) {
  std::ostringstream out;
  const auto c = core_options_from(s, 4);
  out << c.queued_requests << ' ' << c.requests << ' ' << c.queued_tokens << ' ' << c.choices << ' '
      << c.stop_strings << ' ' << c.stop_bytes << ' ' << c.logit_biases << ' ' << c.top_logprobs << ' '
      << c.default_max_tokens << ' ' << c.tokenizer_workers << ' ' << c.tokenizer_queue << ' ' << c.seats
      << ' ' << c.step_tokens << ' ' << c.chunk_threshold << ' ' << c.chunk_beside_decodes << ' '
      << c.step_time.count() << ' ' << c.expected_answer << ' ' << c.prefix_share << c.share_prefixes << ' '
      << c.result_bytes << ' ' << c.result_largest << ' ' << c.result_time_to_live.count() << ' '
      << c.ageing.count() << ' ' << c.step_deadline.count() << ' ' << c.warm_up_deadline.count() << ' '
      << c.report_every.count() << ' ' << c.old_metric_names << ' ' << c.restarts << ' '
      << c.restart_window.count() << ' ' << c.drain.count() << ' ' << c.slow_handler.count() << ' '
      << c.throttle << ' ' << c.interactive_target.count() << ' ' << c.standard_target.count() << ' '
      << c.token_target.count() << ' ' << c.shed_batch << ' ' << c.shed_standard << ' ' << c.shed_all << ' '
      << c.shed_hysteresis << ' ' << c.kv_share << ' ' << c.rehearsal_tokens << ' ' << c.gc_interval.count()
      << ' ' << c.far_patience.count();
  for (const actors::rehearsal_prompt& p : c.rehearsal_prompts) out << ' ' << p.text << p.system;
  return out.str();
}

std::string cpu_text(const conf::settings& s) {
  std::ostringstream out;
  const auto p = cpu_options_from(s);
  out << p.threads << ' ' << p.kernels << ' ' << p.seats << ' ' << p.step_tokens << ' ' << p.context << ' '
      << p.page_tokens << ' ' << p.kv_bytes << ' ' << static_cast<int>(p.kv) << ' '
      << static_cast<int>(p.threads_stay) << ' ' << static_cast<int>(p.memory);
  return out.str();
}

std::string net_text(const conf::settings& s) {
  std::ostringstream out;
  const auto n = net_options_from(s);
  const auto& l = n.limits;
  out << n.host << ' ' << n.port << ' ' << n.drain_time.count() << ' ' << n.slow_handler.count() << ' '
      << n.origins.loopback << ' ' << n.origins.origins.size() << ' ' << n.trusted.size() << ' '
      << n.door.hosts.size() << n.door.open_metrics << ' ' << static_cast<int>(n.load_report) << ' '
      << l.request_line << ' ' << l.header_bytes << ' ' << l.header_count << ' ' << l.chunk_extension << ' '
      << l.chunk_extensions << ' ' << l.body << ' ' << l.inline_body << ' ' << l.json_depth << ' '
      << l.json_keys << ' ' << l.header_time.count() << ' ' << l.body_time.count() << ' '
      << l.body_rate_window.count() << ' ' << l.body_rate << ' ' << l.keep_alive.count() << ' '
      << l.keep_alive_requests << ' ' << l.pipelined << ' ' << l.unread_output << ' ' << l.unread_total << ' '
      << l.slow_reader_time.count() << ' ' << l.stalled_time.count() << ' ' << l.stream_ping.count() << ' '
      << l.request_time.count() << ' ' << l.scrape_time.count() << ' ' << l.linger_time.count() << ' '
      << l.connections << ' ' << l.reserved_connections << ' ' << l.connections_per_address << ' '
      << l.backlog << ' ' << l.session_mailbox << ' ' << l.send_buffer << '\n';
  const auto& w = l.web;
  out << w.frame << ' ' << w.message << ' ' << w.fragments << ' ' << w.waiting << ' ' << w.ping_every.count()
      << ' ' << w.dead_after.count() << '\n';
  const auto& t = l.text;
  out << t.prompts << ' ' << t.choices << ' ' << t.stop_strings << ' ' << t.stop_bytes << ' '
      << t.logit_biases << ' ' << t.top_logprobs << ' ' << n.sampling.temperature << ' ' << n.sampling.top_k
      << ' ' << n.sampling.top_p << ' ' << n.sampling.min_p << ' ' << n.responses.bytes << ' '
      << n.responses.count << ' ' << static_cast<int>(n.embed);
  return out.str();
}

/// Another value than the default that the key takes.
void change(conf::settings& s, const conf::key& k) {
  const auto set = [&](auto* to) {
    using T = std::remove_pointer_t<decltype(to)>;
    if constexpr (std::is_same_v<T, bool>)
      *to = !*to;
    else if constexpr (std::is_same_v<T, std::string>)
      *to = k.choices.empty() ? "changed" : k.choices.substr(k.choices.rfind('|') + 1);
    else if constexpr (std::is_same_v<T, conf::text_list>)
      to->emplace_back("changed");
    else if constexpr (std::is_same_v<T, conf::seconds_count>)
      *to += conf::seconds_count(1000);
    else if constexpr (std::is_same_v<T, conf::byte_count>)
      to->value += 1;
    else
      *to += 1;
  };
  std::visit(set, k.at(s));
}

BOOST_AUTO_TEST_SUITE(embed_server_options)

BOOST_AUTO_TEST_CASE(every_key_reaches_an_option) {
  // These are used where the server is put together, not handed on.
  const std::set<std::string_view> used_elsewhere{
      "memory_limit",       "server.threads",     "model.path",       "model.name",
      "logging.level",      "logging.format",     "logging.requests", "server.keys",
      "server.certificate", "server.private_key", "gpu.device",       "gpu.memory"};
  // Of the second tier nothing is told to anybody without its address and a secret.
  const std::set<std::string_view> of_redis{"cache.redis", "cache.redis_secret"};
  const auto all_options = [](const conf::settings& s) { return core_text(s) + cpu_text(s) + net_text(s); };
  const std::string defaults = all_options({});
  for (const conf::key& k : conf::keys()) {
    if (of_redis.contains(k.name)) continue;
    conf::settings s;
    change(s, k);
    BOOST_TEST((all_options(s) != defaults) != used_elsewhere.contains(k.name), k.name);
  }
}

BOOST_AUTO_TEST_CASE(names_are_judged_where_the_server_is_this_machines_own) {
  const auto hosts = [](std::string host, conf::text_list names = {}) {
    conf::settings s;
    s.server.host = std::move(host);
    s.server.hosts = std::move(names);
    return net_options_from(s).door.hosts;
  };
  using list = conf::text_list;
  for (const char* const own : {"127.0.0.1", "127.0.0.9", "localhost", "::1"})
    BOOST_TEST((hosts(own) == list{}), own);
  for (const char* const all : {"0.0.0.0", "::", "192.168.1.2"}) BOOST_TEST((hosts(all) == list{"*"}), all);
  BOOST_TEST((hosts("0.0.0.0", {"a.example"}) == list{"a.example"}));
  BOOST_TEST((hosts("127.0.0.1", {"*"}) == list{"*"}));
}

BOOST_AUTO_TEST_CASE(a_second_tier_needs_an_address_and_a_secret) {
  conf::settings s;
  BOOST_TEST(!redis_options_from(s).has_value());
  s.cache.redis = "redis://:word@[::1]:7000/3";
  BOOST_CHECK_THROW((void)redis_options_from(s), failure);
  s.cache.redis_secret = "sixteen letters!";
  s.cache.redis_timeout = conf::seconds_count(70);
  const auto made = redis_options_from(s).value();
  BOOST_TEST(made.where.host == "::1");
  BOOST_TEST(made.where.port == 7000u);
  BOOST_TEST(made.where.password == "word");
  BOOST_TEST(made.where.database == 3u);
  BOOST_TEST(made.within.count() == 70);
  s.cache.memory.value = 0;
  BOOST_TEST(!redis_options_from(s).has_value());
}

// The dialects' readers refuse what is beyond a limit, and so does the core for whoever calls it without
// them.
BOOST_AUTO_TEST_CASE(a_limit_that_two_rooms_hold_reaches_both) {
  for (const std::string_view name :
       {"limits.choices", "limits.stop_strings", "limits.stop_bytes", "limits.logit_biases",
        "limits.top_logprobs", "runtime.slow_handler_ms"}) {
    conf::settings s;
    change(s, *conf::find_key(name));
    BOOST_TEST(core_text(s) != core_text({}), name);
    BOOST_TEST(net_text(s) != net_text({}), name);
  }
}

BOOST_AUTO_TEST_CASE(a_raised_limit_lets_more_through) {
  const std::string seventeen = R"("a","b","c","d","e","f","g","h","i","j","k","l","m","n","o","p","q")";
  struct raise {
    net::endpoint where;
    std::string body;
    void (*limit)(conf::limit_settings&);
  };
  const raise raises[] = {
      {net::endpoint::chat_completions, R"("messages":[{"role":"user","content":"a"}],"n":9)",
       [](conf::limit_settings& l) { l.choices = 9; }},
      {net::endpoint::predict, R"("text":"a","stop":[)" + seventeen + "]",
       [](conf::limit_settings& l) { l.stop_strings = 17; }},
      {net::endpoint::completions, R"("prompt":"a","stop":")" + std::string(257, 'x') + '"',
       [](conf::limit_settings& l) { l.stop_bytes.value = 257; }},
      {net::endpoint::completions, R"("prompt":"a","logprobs":21)",
       [](conf::limit_settings& l) { l.top_logprobs = 21; }},
      {net::endpoint::chat_completions,
       R"("messages":[{"role":"user","content":"a"}],"logprobs":true,"top_logprobs":21)",
       [](conf::limit_settings& l) { l.top_logprobs = 21; }},
  };
  for (const raise& r : raises) {
    conf::settings s;
    const auto taken = [&] {
      const net::http_limits limits = net_options_from(s).limits;
      net::codec_context context;
      context.limits = limits.text;
      return net::read_job(r.where, "{" + r.body + "}", limits, context).has_value();
    };
    BOOST_TEST_INFO(r.body);
    BOOST_TEST(!taken());
    r.limit(s.limits);
    BOOST_TEST(taken());
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_configured_is_what_the_rooms_would_do) {
  const conf::settings s;
  const net::http_limits ours = net_options_from(s).limits, theirs;
  BOOST_TEST(ours.body == theirs.body);
  BOOST_TEST(ours.header_bytes == theirs.header_bytes);
  BOOST_TEST(ours.connections == theirs.connections);
  BOOST_TEST(ours.request_time.count() == theirs.request_time.count());
  BOOST_TEST(ours.text.prompts == theirs.text.prompts);
  BOOST_TEST(ours.text.stop_bytes == theirs.text.stop_bytes);
  BOOST_TEST(ours.backlog == theirs.backlog);
  BOOST_TEST(ours.send_buffer == theirs.send_buffer);
  const actors::core_options mine = core_options_from(s, 2), core;
  BOOST_TEST(mine.queued_requests == core.queued_requests);
  BOOST_TEST(mine.chunk_threshold == core.chunk_threshold);
  BOOST_TEST(mine.default_max_tokens == core.default_max_tokens);
  BOOST_TEST((mine.interactive_target == core.interactive_target));
  BOOST_TEST((mine.standard_target == core.standard_target));
  BOOST_TEST((mine.token_target == core.token_target));
  BOOST_TEST(mine.shed_batch == core.shed_batch);
  BOOST_TEST(mine.kv_share == core.kv_share);
  BOOST_TEST(mine.throttle);
}

BOOST_AUTO_TEST_CASE(concurrency_is_cores_and_a_half_unless_it_is_configured) {
  conf::settings s;
  BOOST_TEST(concurrency_from(s, 1) == 1u);
  BOOST_TEST(concurrency_from(s, 2) == 3u);
  BOOST_TEST(concurrency_from(s, 16) == 24u);
  s.max_concurrency = 7;
  BOOST_TEST(concurrency_from(s, 16) == 7u);
  // Said so, it bounds the batch as well; left alone, it does not.
  BOOST_TEST(seats_from(s) == 7u);
  BOOST_TEST(core_options_from(s, 2).seats == 7u);
  BOOST_TEST(cpu_options_from(s).seats == 7u);
  s.max_concurrency = 0;
  BOOST_TEST(seats_from(s) == 64u);
  s.max_concurrency = 1000;
  BOOST_TEST(seats_from(s) == 64u);
}

BOOST_AUTO_TEST_CASE(a_step_holds_a_token_of_every_seat) {
  conf::settings s;
  s.scheduling.seats = 1000;
  s.scheduling.step_tokens = 16;
  BOOST_TEST(cpu_options_from(s).step_tokens == 1000u);
}

BOOST_AUTO_TEST_CASE(localhost_is_an_address) {
  conf::settings s;
  s.server.host = "localhost";
  BOOST_TEST(net_options_from(s).host == "127.0.0.1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
